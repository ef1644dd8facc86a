#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

Reference reference(const std::vector<std::int64_t>& lengths) {
  return [lengths](const std::vector<Array>& x) {
    const std::int64_t in = x[1].shape[1], out = x[1].shape[2];
    Array y({x[0].shape[0], out});
    for (std::int64_t group = 0, row = 0; group < x[1].shape[0]; ++group)
      for (const std::int64_t end = row + lengths[static_cast<std::size_t>(group)]; row < end; ++row)
        for (std::int64_t j = 0; j < out; ++j)
          for (std::int64_t i = 0; i < in; ++i) y.at({row, j}) += x[0].at({row, i}) * x[1].at({group, i, j});
    return y;
  };
}

void check(const std::vector<std::int64_t>& lengths, std::int64_t in, std::int64_t out) {
  const Sequences groups(lengths);
  check_op({.op = [&](auto& x) { return grouped_matmul(x[0], groups, x[1]); },
            .reference = reference(lengths),
            .multilinear = true,
            .shapes = {{{groups.tokens(), in}, {groups.count(), in, out}}},
            .float32_tolerance = 4e-6});
}

}  // namespace

TEST_CASE("grouped_matmul", "[ops]") {
  check({3, 0, 1, 5}, 4, 3);
  check({1}, 1, 1);
  check({0, 0}, 3, 2);
  check({2, 3}, 0, 2);
  check({2, 3}, 7, 1);
  const auto throws = [](const std::string& sentence, const Tensor& x, const Tensor& offsets, const Tensor& weights) {
    REQUIRE_THROWS_WITH(grouped_matmul(x, offsets, weights), sentence);
  };
  const Tensor x = zeros({4, 3}), weights = zeros({2, 3, 5}), offsets = tensor<std::int64_t>({0, 1, 4});
  throws("grouped_matmul: x is [4] and weights are [2, 3, 5], but they must be [rows, in] and [groups, in, out]",
         zeros({4}), offsets, weights);
  throws("grouped_matmul: x is [4, 2] and weights are [2, 3, 5], but they must be [rows, in] and [groups, in, out]",
         zeros({4, 2}), offsets, weights);
  throws("grouped_matmul: x is [4, 3] and weights are [2, 3, 5], but there are 3 groups with 4 rows", x,
         tensor<std::int64_t>({0, 1, 3, 4}), weights);
  throws("grouped_matmul: x is [4, 3] and weights are [2, 3, 5], but there are 2 groups with 5 rows", x,
         tensor<std::int32_t>({0, 1, 5}), weights);
  throws("grouped_matmul: offset 1 is 3 and offset 2 is 2, but offsets must ascend from 0", x,
         tensor<std::int64_t>({0, 3, 2}), weights);
  throws("grouped_matmul: offset 0 is 1 and offset 1 is 4, but offsets must ascend from 0", x,
         tensor<std::int64_t>({1, 4}), weights);
  throws("grouped_matmul: offsets are float32 [3], but they must be int64 or int32, [groups + 1]", x, zeros({3}),
         weights);
  throws("grouped_matmul: x is float32 and weights is float64, but both must have the same dtype; cast one of them", x,
         offsets, zeros({2, 3, 5}, float64));
  throws("grouped_matmul: the tensor is int64, but it must be float32 or float64", zeros({4, 3}, int64), offsets,
         zeros({2, 3, 5}, int64));
}

TEST_CASE("grouped_matmul of large and small groups gives the same bits for any number of threads", "[ops]") {
  const Sequences groups{700, 3, 0, 40, 90};
  check_op({.op = [&](auto& x) { return grouped_matmul(x[0], groups, x[1]); },
            .multilinear = true,
            .shapes = {{{833, 1}, {5, 1, 1}}},
            .float32_tolerance = 4e-6,
            .large = {{833, 300}, {5, 300, 301}}});
}

TEST_CASE("grouped_matmul computes no gradient that is not needed", "[ops]") {
  const Tensor x = ones({3, 2}), weights = ones({2, 2, 4}).require_grad();
  backward(sum(grouped_matmul(x, tensor<std::int64_t>({0, 3, 3}), weights)));
  REQUIRE_FALSE(x.grad());
  std::vector<float> expected(16, 0);
  std::fill_n(expected.begin(), 8, 3.0f);
  REQUIRE(weights.grad().to_vector<float>() == expected);
}
