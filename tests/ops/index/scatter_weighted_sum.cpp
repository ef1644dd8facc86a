#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

Reference reference(const std::vector<std::int64_t>& tokens, std::int64_t count) {
  return [=](const std::vector<Array>& x) {
    const std::int64_t width = x[0].shape[1];
    Array y({count, width});
    for (std::size_t i = 0; i < tokens.size(); ++i)
      for (std::int64_t j = 0; j < width; ++j) {
        const auto row = static_cast<std::int64_t>(i);
        y.at({tokens[i], j}) += x[1][row] * x[0].at({row, j});
      }
    return y;
  };
}

void check(const std::vector<std::int64_t>& tokens, std::int64_t count, std::int64_t width) {
  const auto n = static_cast<std::int64_t>(tokens.size());
  check_op({.op = [&](auto& x) { return scatter_weighted_sum(x[0], x[1], tensor(tokens), count); },
            .reference = reference(tokens, count),
            .multilinear = true,
            .shapes = {{{n, width}, {n}}}});
}

}  // namespace

TEST_CASE("scatter_weighted_sum", "[ops]") {
  check({2, 0, 2, 4, 2, 0}, 5, 7);
  check({0, 0, 0}, 1, 33);
  check({1}, 3, 1);
  check({}, 2, 3);
  check({1, 0}, 2, 0);
  const Tensor rows = zeros({3, 2}), weights = zeros({3}), tokens = tensor<std::int64_t>({0, 1, 1});
  REQUIRE_THROWS_WITH(scatter_weighted_sum(rows, weights, tokens, 1),
                      "scatter_weighted_sum: the token at [1] is 1, but the result has 1 rows");
  REQUIRE_THROWS_WITH(
      scatter_weighted_sum(rows, zeros({2}), tokens, 2),
      "scatter_weighted_sum: rows are [3, 2], weights [2] and tokens [3], but they must be [n, width], [n] and "
      "[n]");
  REQUIRE_THROWS_WITH(
      scatter_weighted_sum(rows, weights, zeros({2}, int64), 2),
      "scatter_weighted_sum: rows are [3, 2], weights [3] and tokens [2], but they must be [n, width], [n] and "
      "[n]");
  REQUIRE_THROWS_WITH(scatter_weighted_sum(rows, weights, tokens, -1),
                      "scatter_weighted_sum: the number of tokens is -1, but it must not be negative");
  REQUIRE_THROWS_WITH(scatter_weighted_sum(rows, weights, zeros({3}), 2),
                      "scatter_weighted_sum: the token tensor is float32 [3], but it must be int64 or int32");
  REQUIRE_THROWS_WITH(scatter_weighted_sum(rows, zeros({3}, float64), tokens, 2),
                      "scatter_weighted_sum: rows is float32 and weights is float64, but both must have the same "
                      "dtype; cast one of them");
  REQUIRE_THROWS_WITH(scatter_weighted_sum(zeros({3, 2}, int64), zeros({3}, int64), tokens, 2),
                      "scatter_weighted_sum: the tensor is int64, but it must be float32 or float64");
}

TEST_CASE("scatter_weighted_sum of many rows gives the same bits for any number of threads", "[ops]") {
  std::vector<std::int64_t> tokens;
  for (std::int64_t i = 0; i < 4000; ++i) tokens.push_back((i * i * 7919 + i) % (i % 3 == 0 ? 1500 : 5));
  check_op({.op = [&](auto& x) { return scatter_weighted_sum(x[0], x[1], tensor(tokens), 1500); },
            .multilinear = true,
            .shapes = {{{4000, 1}, {4000}}},
            .float32_tolerance = 1e-5,
            .large = {{4000, 129}, {4000}}});
}
