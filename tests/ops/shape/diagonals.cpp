#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

/// Reference: x[.., i, j] where keep(i, j), else 0.
Reference kept(std::function<bool(std::int64_t i, std::int64_t j)> keep) {
  return [=](const std::vector<Array>& x) {
    Array y = x[0];
    for (std::int64_t i = 0; i < y.size(); ++i) {
      const Shape place = place_of(i, y.shape);
      if (!keep(place[-2], place[-1])) y[i] = 0;
    }
    return y;
  };
}

const Tensor x23 = zeros({2, 3});

}  // namespace

TEST_CASE("tril", "[ops]") {
  check_op({.op = [](auto& x) { return tril(x[0]); },
            .reference = kept([](auto i, auto j) { return j <= i; }),
            .linear = true,
            .shapes = {{{3, 7}}, {{7, 3}}, {{2, 3, 3}}, {{1, 1}}, {{0, 3}}},
            .errors = {{[] { tril(zeros({3})); }, "tril: x is [3], but it must have two axes or more"}},
            .large = {{2, 300, 301}}});
  check_op({.op = [](auto& x) { return tril(x[0], -2); },
            .reference = kept([](auto i, auto j) { return j <= i - 2; }),
            .linear = true,
            .shapes = {{{5, 4}}}});
  REQUIRE(tril(full({2, 2}, std::nan(""))).to_vector<float>()[1] == 0);  // other elements are ignored, even if NaN
  REQUIRE(tril(ones({2, 2}, boolean)).to_vector<bool>() == std::vector{true, false, true, true});
}

TEST_CASE("triu", "[ops]") {
  check_op({.op = [](auto& x) { return triu(x[0], 1); },
            .reference = kept([](auto i, auto j) { return j >= i + 1; }),
            .linear = true,
            .shapes = {{{3, 7}}, {{7, 3}}, {{2, 3, 3}}, {{1, 1}}},
            .errors = {{[] { triu(zeros({})); }, "triu: x is [], but it must have two axes or more"}}});
  check_op({.op = [](auto& x) { return triu(x[0], -1); },
            .reference = kept([](auto i, auto j) { return j >= i - 1; }),
            .linear = true,
            .shapes = {{{5, 4}}}});
}

TEST_CASE("diagonal", "[ops]") {
  check_op({.op = [](auto& x) { return diagonal(x[0]); },
            .reference = moved([](const Shape& s) { return Shape{std::min(s[0], s[1])}; },
                               [](const Shape& p) { return Shape{p[0], p[0]}; }),
            .linear = true,
            .shapes = {{{3, 7}}, {{7, 3}}, {{1, 1}}, {{0, 3}}},
            .errors = {{[] { diagonal(x23, 0, 0, -2); }, "diagonal: axis -2 was given twice"},
                       {[] { diagonal(x23, 0, 0, 2); }, "diagonal: axis 2 was given, but x is [2, 3]"}},
            .large = {{300, 301}}});
  check_op({.op = [](auto& x) { return diagonal(x[0], -2, 2, 0); },
            .reference = moved([](const Shape& s) { return Shape{s[1], std::min(s[2] - 2, s[0])}; },
                               [](const Shape& p) { return Shape{p[1], p[0], p[1] + 2}; }),
            .linear = true,
            .shapes = {{{3, 2, 7}}, {{3, 2, 4}}}});
  REQUIRE(diagonal(x23, 3).shape() == Shape{0});
  REQUIRE(diagonal(x23, -9).shape() == Shape{0});
  REQUIRE(diagonal(x23, 1).strides() == Shape{4});
}

TEST_CASE("diag_embed", "[ops]") {
  check_op(
      {.op = [](auto& x) { return diag_embed(x[0]); },
       .reference =
           [](const std::vector<Array>& x) {
             const Shape& s = x[0].shape;
             Array y({s[0], s[1], s[1]});
             for (std::int64_t i = 0; i < x[0].size(); ++i) y.at({i / s[1], i % s[1], i % s[1]}) = x[0][i];
             return y;
           },
       .linear = true,
       .shapes = {{{3, 7}}, {{1, 1}}, {{0, 3}}, {{3, 0}}},
       .errors = {{[] { diag_embed(zeros({})); }, "diag_embed: x is [], but it must have an axis for the diagonal"},
                  {[] { diag_embed(x23, 0, 0, -3); },
                   "diag_embed: the new axes 0 and -3 were given, but x is [2, 3], so they must be two from -3 "
                   "to 2"}}});
  check_op({.op = [](auto& x) { return diag_embed(x[0], 1, 2, 0); },
            .reference =
                [](const std::vector<Array>& x) {
                  const Shape& s = x[0].shape;
                  Array y({s[1] + 1, s[0], s[1] + 1});
                  for (std::int64_t i = 0; i < x[0].size(); ++i) y.at({i % s[1] + 1, i / s[1], i % s[1]}) = x[0][i];
                  return y;
                },
            .linear = true,
            .shapes = {{{3, 4}}, {{2, 1}}}});
  const Tensor x = to_tensor(random_array({2, 3}, 1));
  require_same_bits(diagonal(diag_embed(x, -2, 0, 2), -2, 0, 2), x);
}
