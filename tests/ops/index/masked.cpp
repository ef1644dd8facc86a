#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

/// Mask with about every third element true.
bool is_chosen(std::int64_t i) { return (i * 7 + i / 5) % 3 == 0; }
Tensor mask_of(const Shape& shape) {
  Tensor mask = empty(shape, boolean);
  for (std::int64_t i = 0; i < mask.elements(); ++i) fill<bool>(mask)[i] = is_chosen(i);
  return mask;
}

const Tensor x23 = zeros({2, 3});

}  // namespace

TEST_CASE("nonzero", "[ops]") {
  using Numbers = std::vector<std::int64_t>;
  const Tensor x = tensor({0.0f, 2.0f, 0.0f, -1.0f, 0.0f, std::nanf("")}, {2, 3});
  REQUIRE(nonzero(x).to_vector<std::int64_t>() == Numbers{0, 1, 1, 0, 1, 2});
  REQUIRE(nonzero(transpose(x)).to_vector<std::int64_t>() == Numbers{0, 1, 1, 0, 2, 1});
  REQUIRE(nonzero(x).shape() == Shape{3, 2});
  REQUIRE(nonzero(tensor({true, false, true})).to_vector<std::int64_t>() == Numbers{0, 2});
  REQUIRE(nonzero(zeros({2, 3})).shape() == Shape{0, 2});
  REQUIRE(nonzero(zeros({2, 0, 3}, int64)).shape() == Shape{0, 3});
  REQUIRE(nonzero(scalar(5)).shape() == Shape{1, 0});
}

TEST_CASE("masked_select", "[ops]") {
  const auto reference = [](const std::vector<Array>& x) {
    std::vector<double> chosen;
    for (std::int64_t i = 0; i < x[0].size(); ++i)
      if (is_chosen(i)) chosen.push_back(x[0][i]);
    Array y({static_cast<std::int64_t>(chosen.size())});
    y.values = chosen;
    return y;
  };
  check_op(
      {.op = [](auto& x) { return masked_select(x[0], mask_of(x[0].shape())); },
       .reference = reference,
       .linear = true,
       .shapes = {{{3, 7}}, {{33}}, {{1}}, {{}}, {{0, 3}}},
       .errors = {{[] { masked_select(x23, x23); }, "masked_select: the mask is float32 [2, 3], but it must be bool"},
                  {[] { masked_select(x23, zeros({2}, boolean)); },
                   "masked_select: x is [2, 3] and the mask is [2], but each axis, from the last, must have the "
                   "same length or length 1"}},
       .large = {{300, 71}}});
  check_op({.op = [](auto& x) { return masked_select(x[0], tensor({true, false, true}, {3, 1})); },
            .reference =
                [](const std::vector<Array>& x) {
                  Array y({2 * x[0].size()});
                  for (std::int64_t i = 0; i < y.size(); ++i) y[i] = x[0][i % x[0].size()];
                  return y;
                },
            .linear = true,
            .shapes = {{{1, 7}}, {{7}}}});
}

TEST_CASE("masked_fill", "[ops]") {
  check_op(
      {.op = [](auto& x) { return masked_fill(x[0], mask_of(x[0].shape()), -3); },
       .reference =
           [](const std::vector<Array>& x) {
             Array y = x[0];
             for (std::int64_t i = 0; i < y.size(); ++i) y[i] = is_chosen(i) ? -3 : y[i];
             return y;
           },
       .shapes = {{{3, 7}}, {{}}, {{0, 3}}},
       .errors = {{[] { masked_fill(x23, x23, 1); }, "masked_fill: the mask is float32 [2, 3], but it must be bool"},
                  {[] { masked_fill(x23, zeros({2, 2, 3}, boolean), 1); },
                   "masked_fill: the mask is [2, 2, 3], which cannot be broadcast to the shape of x, [2, 3]"},
                  {[] { masked_fill(x23, zeros({3}, boolean), zeros({1})); },
                   "masked_fill: value is [1], but it must be []"},
                  {[] { masked_fill(x23, zeros({3}, boolean), scalar(1.0)); },
                   "masked_fill: x is float32 and value is float64, but both must have the same dtype; cast one of "
                   "them"}},
       .large = {{300, 71}}});
  check_op({.op = [](auto& x) { return masked_fill(x[0], tensor({true, false, true}), x[1]); },
            .reference =
                [](const std::vector<Array>& x) {
                  Array y = x[0];
                  for (std::int64_t i = 0; i < y.size(); ++i) y[i] = i % 3 == 1 ? y[i] : x[1][0];
                  return y;
                },
            .linear = true,
            .shapes = {{{2, 3}, {}}}});
  REQUIRE(masked_fill(arange(3), tensor({false, true, false}), 7).to_vector<std::int64_t>() ==
          std::vector<std::int64_t>{0, 7, 2});
}

TEST_CASE("masked_scatter", "[ops]") {
  check_op({.op = [](auto& x) { return masked_scatter(x[0], mask_of(x[0].shape()), x[1]); },
            .reference =
                [](const std::vector<Array>& x) {
                  Array y = x[0];
                  std::int64_t next = 0;
                  for (std::int64_t i = 0; i < y.size(); ++i)
                    if (is_chosen(i)) y[i] = x[1][next++];
                  return y;
                },
            .linear = true,
            .shapes = {{{3, 7}, {9}}, {{4, 2}, {2, 2}}, {{1}, {1}}, {{0, 3}, {2}}},
            .errors = {{[] { masked_scatter(x23, ones({3}, boolean), zeros({5})); },
                        "masked_scatter: the mask selects 6 elements of x, but values is [5], 5 elements"},
                       {[] { masked_scatter(x23, ones({2}, boolean), zeros({5})); },
                        "masked_scatter: x is [2, 3] and the mask is [2], but each axis, from the last, must have the "
                        "same length or length 1"}},
            .large = {{300, 71}, {10000}}});
}
