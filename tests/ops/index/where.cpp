#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

const Tensor a = zeros({2, 3}), b = zeros({3, 2}), integers = zeros({2, 3}, int64);

}  // namespace

TEST_CASE("where", "[ops]") {
  const auto condition = [](const Shape& shape) {
    Tensor made = empty(shape, boolean);
    for (std::int64_t i = 0; i < made.elements(); ++i) fill<bool>(made)[i] = i % 3 == 0;
    return made;
  };
  check_op({.op = [=](auto& x) { return where(condition({3, 7}), x[0], x[1]); },
            .reference =
                [](const std::vector<Array>& x) {
                  Array y({3, 7});
                  for (std::int64_t i = 0; i < y.size(); ++i) {
                    const Array& chosen = i % 3 == 0 ? x[0] : x[1];
                    y[i] = chosen.at(repeated_place(place_of(i, y.shape), chosen.shape));
                  }
                  return y;
                },
            .linear = true,
            .shapes = {{{3, 7}, {3, 7}}, {{7}, {3, 1}}, {{}, {1, 7}}},
            .errors = {{[=] { where(a, a, a); }, "where: condition is float32 [2, 3], but it must be bool"},
                       {[=] { where(condition({2, 3}), a, integers); },
                        "where: a is float32 and b is int64, but both must have the same dtype; cast one of them"},
                       {[=] { where(condition({2, 3}), a, b); },
                        "where: a is [2, 3] and b is [3, 2], but each axis, from the last, must have the same length "
                        "or length 1"},
                       {[=] { where(condition({5}), a, a); },
                        "where: condition is [5] and a or b is [2, 3], but each axis, from the last, must have the "
                        "same length or length 1"}}});
  check_op({.op = [=](auto& x) { return where(condition({300, 701}), x[0], x[1]); },
            .linear = true,
            .shapes = {{{300, 701}, {701}}}});
  check_op(
      {.op = [=](auto& x) { return where(condition({0, 7}), x[0], x[1]); }, .linear = true, .shapes = {{{7}, {0, 1}}}});
  const Tensor turned = transpose(condition({7, 3}));
  require_same_bits(where(turned, ones({3, 7}), zeros({3, 7})), where(contiguous(turned), ones({3, 7}), zeros({3, 7})));
}
