#include <heed/ops/support/matrix_layout.h>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;
using namespace heed::detail;

TEST_CASE("dot", "[ops]") {
  check_op({.op = [](auto& x) { return dot(x[0], x[1]); },
            .reference =
                [](auto& x) {
                  Array y(Shape{});
                  for (std::int64_t i = 0; i < x[0].size(); ++i) y[0] += x[0][i] * x[1][i];
                  return y;
                },
            .multilinear = true,
            .shapes = {{{7}, {7}}, {{33}, {33}}, {{1}, {1}}, {{0}, {0}}},
            .errors = {{[] { dot(zeros({2, 3}), zeros({3})); },
                        "dot: a is [2, 3] and b is [3], but both must be vectors of one length"},
                       {[] { dot(zeros({3}), zeros({3}, float64)); },
                        "dot: a is float32 and b is float64, but both must have the same dtype; cast one of them"}},
            .large = {{30'000}, {30'000}}});
}

TEST_CASE("outer", "[ops]") {
  check_op({.op = [](auto& x) { return outer(x[0], x[1]); },
            .reference =
                [](auto& x) {
                  Array y({x[0].size(), x[1].size()});
                  for (std::int64_t i = 0; i < y.size(); ++i) y[i] = x[0][i / x[1].size()] * x[1][i % x[1].size()];
                  return y;
                },
            .multilinear = true,
            .shapes = {{{7}, {3}}, {{1}, {33}}, {{0}, {4}}, {{4}, {0}}},
            .errors = {{[] { outer(zeros({2, 3}), zeros({3})); },
                        "outer: a is [2, 3] and b is [3], but both must be vectors"}},
            .large = {{400}, {300}}});
  const std::vector<std::int64_t> expected = {3, 4, 6, 8};
  REQUIRE(outer(tensor<std::int64_t>({1, 2}), tensor<std::int64_t>({3, 4})).to_vector<std::int64_t>() == expected);
}

TEST_CASE("tensordot", "[ops]") {
  check_op({.op = [](auto& x) { return tensordot(x[0], x[1]); },
            .reference =
                [](auto& x) {  // the last two axes with the first two
                  const std::int64_t k = x[1].shape[0] * x[1].shape[1], m = x[0].shape[0], n = x[1].shape[2];
                  Array y({m, n});
                  for (std::int64_t i = 0; i < m * n; ++i)
                    for (std::int64_t j = 0; j < k; ++j) y[i] += x[0][i / n * k + j] * x[1][j * n + i % n];
                  return y;
                },
            .multilinear = true,
            .shapes = {{{2, 3, 4}, {3, 4, 5}}, {{1, 1, 1}, {1, 1, 1}}, {{3, 0, 2}, {0, 2, 4}}},
            .float32_tolerance = 4e-6,
            .large = {{60, 9, 20}, {9, 20, 70}}});
  check_op({.op = [](auto& x) { return tensordot(x[0], x[1], {-1, 0}, {0, 2}); },
            .reference =
                [](auto& x) {
                  Array y({3, 5});
                  for (std::int64_t a = 0; a < 3; ++a)
                    for (std::int64_t b = 0; b < 5; ++b)
                      for (std::int64_t i = 0; i < 4; ++i)
                        for (std::int64_t j = 0; j < 2; ++j) y.at({a, b}) += x[0].at({j, a, i}) * x[1].at({i, b, j});
                  return y;
                },
            .multilinear = true,
            .shapes = {{{2, 3, 4}, {4, 5, 2}}}});
  check_op({.op = [](auto& x) { return tensordot(x[0], x[1], 0); },
            .reference =
                [](auto& x) {
                  Array y({2, 3, 4});
                  for (std::int64_t i = 0; i < y.size(); ++i) y[i] = x[0][i / 4] * x[1][i % 4];
                  return y;
                },
            .multilinear = true,
            .shapes = {{{2, 3}, {4}}},
            .errors = {{[] { tensordot(zeros({2, 3}), zeros({4})); },
                        "tensordot: 2 axes were asked for, but a is [2, 3] and b is [4]"},
                       {[] { tensordot(zeros({2, 3}), zeros({4, 3}), 1, 0); },
                        "tensordot: a is [2, 3] and b is [4, 3], but axis 1 of a must be as long as axis 0 of b"},
                       {[] { tensordot(zeros({2, 3}), zeros({2, 3}), {0, 1}, {0}); },
                        "tensordot: 2 axes of a and 1 of b were given, but both must have the same number"},
                       {[] { tensordot(zeros({2, 3}), zeros({2, 3}), {0, 0}, {0, 1}); },
                        "tensordot: axis 0 was given twice"},
                       {[] { tensordot(zeros({2, 3}), zeros({2, 3}), {0, 2}, {0, 1}); },
                        "tensordot: axis 2 was given, but x is [2, 3]"},
                       {[] { tensordot(zeros({2}, int64), zeros({2}, int64), 1); },
                        "tensordot: the tensor is int64, but it must be float32 or float64"}}});
}

TEST_CASE("readable_rows copies only if gemm cannot read a range of rows", "[ops]") {
  const Tensor x = to_tensor(random_array({5, 6}, 1));
  const auto is_view = [](const Tensor& of) { return read<double>(readable_rows(of)) == read<double>(of); };
  REQUIRE(is_view(x));
  REQUIRE(is_view(slice(x, 1, 2, 5)));
  for (const Tensor& other : {transpose(x), broadcast_to(slice(x, 0, 1, 2), {4, 6}), flip(x, {0})}) {
    REQUIRE_FALSE(is_view(other));
    require_near(readable_rows(other), to_array(other), 0);
  }
}

TEST_CASE("readable_matrix copies only if gemm cannot read the strides", "[ops]") {
  const Tensor x = to_tensor(random_array({4, 6, 2}, 1));
  const auto is_view = [](const Tensor& of) { return read<double>(readable_matrix(of)) == read<double>(of); };
  REQUIRE(is_view(x));
  REQUIRE(is_view(transpose(x)));
  REQUIRE(is_view(slice(x, 1, 2, 5)));
  REQUIRE_FALSE(is_view(permute(x, {2, 0, 1})));  // neither axis has stride 1
  require_near(readable_matrix(permute(x, {2, 0, 1})), to_array(permute(x, {2, 0, 1})), 0);
}
