#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

TEST_CASE("unfold", "[ops]") {
  const auto windows = [](std::int64_t size, std::int64_t step) {
    return moved([=](const Shape& s) { return Shape{s[0], (s[1] - size) / step + 1, s[2], size}; },
                 [=](const Shape& p) { return Shape{p[0], p[1] * step + p[3], p[2]}; });
  };
  check_op({.op = [](auto& x) { return unfold(x[0], 1, 3); },
            .reference = windows(3, 1),
            .linear = true,
            .shapes = {{{2, 7, 3}}, {{1, 3, 1}}, {{0, 4, 2}}},
            .errors = {{[] { unfold(zeros({2, 3}), 1, 4); },
                        "unfold: the size is 4 and the step 1, but both must be positive, and axis 1 "
                        "of x, which is [2, 3], has 3 elements"},
                       {[] { unfold(zeros({2, 3}), -1, 2, 0); },
                        "unfold: the size is 2 and the step 0, but both must be positive, and axis 1 "
                        "of x, which is [2, 3], has 3 elements"}},
            .large = {{30, 70, 31}}});
  check_op({.op = [](auto& x) { return unfold(x[0], -2, 3, 2); },
            .reference = windows(3, 2),
            .linear = true,
            .shapes = {{{2, 8, 3}}}});
  check_op({.op = [](auto& x) { return unfold(x[0], 1, 2, 3); },
            .reference = windows(2, 3),
            .linear = true,
            .shapes = {{{2, 9, 2}}}});
  REQUIRE(unfold(zeros({9}), 0, 3, 2).strides() == Shape{2, 1});
}
