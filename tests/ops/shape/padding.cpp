#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {
const Tensor x23 = zeros({2, 3});
}

TEST_CASE("pad", "[ops]") {
  check_op({.op = [](auto& x) { return pad(x[0], {1, 2, 0, 3}, {.value = 7}); },
            .reference =
                [](const std::vector<Array>& x) {
                  const Shape& s = x[0].shape;
                  Array y({s[0], s[1] + 3, s[2] + 3}, 7);
                  for (std::int64_t i = 0; i < x[0].size(); ++i) {
                    const Shape p = place_of(i, s);
                    y.at({p[0], p[1], p[2] + 1}) = x[0][i];
                  }
                  return y;
                },
            .shapes = {{{2, 3, 4}}, {{1, 1, 1}}, {{2, 0, 3}}, {{0, 2, 3}}},
            .errors = {{[] { pad(x23, {1, 1, 1}); },
                        "pad: 3 widths were given, but x is [2, 3], so there must be two for each of its last axes"},
                       {[] { pad(x23, {1, 1, 1, 1, 1, 1}); },
                        "pad: 6 widths were given, but x is [2, 3], so there must be two for each of its last axes"},
                       {[] { pad(x23, {-2, -2}); },
                        "pad: the widths -2 and -2 remove more elements than axis 1 of x, which is [2, 3], has"},
                       {[] { pad(x23, {1, 3}, {.mode = Padding::reflect}); },
                        "pad: the widths 1 and 3 must be less than the length of axis 1 of x, which is [2, 3], to "
                        "reflect it"},
                       {[] { pad(x23, {1, 4}, {.mode = Padding::circular}); },
                        "pad: the widths 1 and 4 need more elements than axis 1 of x, which is [2, 3], has"},
                       {[] { pad(zeros({0}), {1, 0}, {.mode = Padding::replicate}); },
                        "pad: the widths 1 and 0 need more elements than axis 0 of x, which is [0], has"}},
            .large = {{30, 70, 31}}});
  check_op({.op = [](auto& x) { return pad(x[0], {-1, 2, 1, -1}); },
            .reference =
                [](const std::vector<Array>& x) {
                  const Shape& s = x[0].shape;
                  Array y({s[0], s[1] + 1});
                  for (std::int64_t i = 0; i + 1 < s[0]; ++i)
                    for (std::int64_t j = 1; j < s[1]; ++j) y.at({i + 1, j - 1}) = x[0].at({i, j});
                  return y;
                },
            .linear = true,
            .shapes = {{{3, 4}}, {{1, 1}}}});
  const Tensor x = zeros({2});
  REQUIRE(pad(x, {}).is(x));
}

TEST_CASE("pad by reflection, replication and wrapping", "[ops]") {
  const auto row = [](Padding mode) { return pad(arange(4), {2, 3}, {.mode = mode}).to_vector<std::int64_t>(); };
  REQUIRE(row(Padding::reflect) == std::vector<std::int64_t>{2, 1, 0, 1, 2, 3, 2, 1, 0});
  REQUIRE(row(Padding::replicate) == std::vector<std::int64_t>{0, 0, 0, 1, 2, 3, 3, 3, 3});
  REQUIRE(row(Padding::circular) == std::vector<std::int64_t>{2, 3, 0, 1, 2, 3, 0, 1, 2});
  const auto reference = [](std::function<std::int64_t(std::int64_t i, std::int64_t n)> from) {
    return moved([](const Shape& s) { return Shape{s[0] + 3, s[1] + 1}; },
                 [=](const Shape& p) { return Shape{from(p[0] - 1, 4), from(p[1] - 2, 3)}; });
  };
  check_op({.op = [](auto& x) { return pad(x[0], {2, -1, 1, 2}, {.mode = Padding::reflect}); },
            .reference = reference([](auto i, auto n) { return i < 0    ? -i
                                                               : i >= n ? 2 * n - 2 - i
                                                                        : i; }),
            .linear = true,
            .shapes = {{{4, 3}}}});
  check_op({.op = [](auto& x) { return pad(x[0], {2, -1, 1, 2}, {.mode = Padding::replicate}); },
            .reference = reference([](auto i, auto n) { return i < 0    ? 0
                                                               : i >= n ? n - 1
                                                                        : i; }),
            .linear = true,
            .shapes = {{{4, 3}}}});
  check_op({.op = [](auto& x) { return pad(x[0], {2, -1, 1, 2}, {.mode = Padding::circular}); },
            .reference = reference([](auto i, auto n) { return (i + n) % n; }),
            .linear = true,
            .shapes = {{{4, 3}}}});
}
