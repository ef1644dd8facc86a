#include <heed/ops/kernels/gemm/gemm_bfloat16.h>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

/// Reference of x, the weights, and optional biases.
Tensor call(const std::vector<Tensor>& x, const Sequences& groups) {
  const auto count = static_cast<std::size_t>(groups.count());
  const std::span<const Tensor> all(x);
  return grouped_linear(x[0], groups, all.subspan(1, count), all.subspan(1 + count));
}

Reference reference(const std::vector<std::int64_t>& lengths) {
  return [lengths](const std::vector<Array>& x) {
    const std::int64_t in = x[1].shape[1], out = x[1].shape[0];
    const std::size_t count = lengths.size();
    Array y({x[0].shape[0], out});
    std::int64_t row = 0;
    for (std::size_t group = 0; group < count; ++group)
      for (const std::int64_t end = row + lengths[group]; row < end; ++row)
        for (std::int64_t j = 0; j < out; ++j) {
          double& sum = y.at({row, j});
          sum = x.size() > 1 + count ? x[1 + count + group][j] : 0;
          for (std::int64_t i = 0; i < in; ++i) sum += x[0].at({row, i}) * x[1 + group].at({j, i});
        }
    return y;
  };
}

std::vector<Shape> shapes_of(const Sequences& groups, std::int64_t in, std::int64_t out, bool biased) {
  std::vector<Shape> shapes{{groups.tokens(), in}};
  for (std::int64_t g = 0; g < groups.count(); ++g) shapes.push_back({out, in});
  for (std::int64_t g = 0; biased && g < groups.count(); ++g) shapes.push_back({out});
  return shapes;
}

void check(const std::vector<std::int64_t>& lengths, std::int64_t in, std::int64_t out) {
  const Sequences groups(lengths);
  check_op({.op = [&](auto& x) { return call(x, groups); },
            .reference = reference(lengths),
            .shapes = {shapes_of(groups, in, out, false), shapes_of(groups, in, out, true)},
            .float32_tolerance = 4e-6});
}

Tensor numbers(const Shape& shape, std::uint64_t seed) { return to_tensor(random_array(shape, seed), float32); }

}  // namespace

TEST_CASE("grouped_linear", "[ops]") {
  check({3, 0, 1, 5}, 4, 3);
  check({1}, 1, 1);
  check({0, 0}, 3, 2);
  check({2, 3}, 0, 2);
  check({2, 3}, 7, 1);
  const Tensor x = zeros({4, 3}), weight = zeros({5, 3}), bias = zeros({5});
  const Sequences groups{1, 3};
  using List = std::vector<Tensor>;
  const auto throws = [&](const std::string& sentence, const Tensor& rows, const List& weights, const List& biases) {
    REQUIRE_THROWS_WITH(grouped_linear(rows, groups, weights, biases), sentence);
  };
  throws("grouped_linear: x is [4], but it must be [rows, in]", zeros({4}), {weight, weight}, {});
  throws(
      "grouped_linear: there are 2 groups, 1 weights and 0 biases, but each group must have a weight, and each or none "
      "a bias",
      x, {weight}, {});
  throws(
      "grouped_linear: there are 2 groups, 2 weights and 1 biases, but each group must have a weight, and each or none "
      "a bias",
      x, {weight, weight}, {bias});
  throws("grouped_linear: x is [5, 3], but the groups have 4 rows", zeros({5, 3}), {weight, weight}, {});
  throws("grouped_linear: x is [4, 3] and weight 1 is [4, 3], but all weights must be [out, 3] with the same out", x,
         {weight, zeros({4, 3})}, {});
  throws("grouped_linear: x is [4, 3] and weight 0 is [3], but all weights must be [out, 3] with the same out", x,
         {zeros({3}), weight}, {});
  throws("grouped_linear: bias 1 is float32 [4], but with weight [5, 3] it must be float32 [5]", x, {weight, weight},
         {bias, zeros({4})});
  throws("grouped_linear: x is float32 and a weight is float64, but both must have the same dtype; cast one of them", x,
         {weight, zeros({5, 3}, float64)}, {});
  throws("grouped_linear: the tensor is int64, but it must be float32 or float64", zeros({4, 3}, int64),
         {zeros({5, 3}, int64), zeros({5, 3}, int64)}, {});
}

TEST_CASE("grouped_linear of large and small groups gives the same bits for any number of threads", "[ops]") {
  const Sequences groups{700, 3, 0, 40, 90};
  check_op({.op = [&](auto& x) { return call(x, groups); },
            .shapes = {shapes_of(groups, 1, 1, true)},
            .float32_tolerance = 4e-6,
            .large = shapes_of(groups, 300, 301, true)});
}

TEST_CASE("grouped_linear computes no gradient that is not needed", "[ops]") {
  const Tensor x = ones({3, 2}), first = ones({4, 2}).require_grad(), second = ones({4, 2});
  backward(sum(grouped_linear(x, Sequences{3, 0}, std::vector<Tensor>{first, second})));
  REQUIRE_FALSE(x.grad());
  REQUIRE_FALSE(second.grad());
  REQUIRE(first.grad().to_vector<float>() == std::vector<float>(8, 3.0f));
}

TEST_CASE("groups of all sizes are rounded under precision(bfloat16)", "[ops][precision]") {
  if (!kernels::has_bfloat16()) return;
  const auto rounded = [](const Tensor& x) { return cast(cast(x.detach(), bfloat16), float64); };
  const Sequences groups{3, 0, 900};  // a small one, an empty one, and one that runs on all threads
  const Tensor x = numbers({903, 300}, 1).require_grad();
  std::vector<Tensor> weights, all{x};
  for (std::uint64_t g = 0; g < 3; ++g) weights.push_back(numbers({256, 300}, 2 + g).require_grad());
  all.insert(all.end(), weights.begin(), weights.end());
  const Tensor y = precision(bfloat16, [&] { return grouped_linear(x, groups, weights); });
  const Tensor dy = numbers(y.shape(), 9);
  const std::vector<Tensor> gradients = grad(y, all, {.output_gradients = {dy}});
  for (std::size_t g = 0; g < 3; ++g) {
    const auto i = static_cast<std::int64_t>(g);
    const auto of_group = [&](const Tensor& rows) { return slice(rows, 0, groups.offset(i), groups.offset(i + 1)); };
    const Tensor w = rounded(weights[g]), x_rows = rounded(of_group(x)), dy_rows = rounded(of_group(dy));
    require_near(of_group(y), to_array(matmul(x_rows, transpose(w))), 1e-5);
    require_near(of_group(gradients[0]), to_array(matmul(dy_rows, w)), 1e-5);
    require_near(gradients[1 + g], to_array(matmul(transpose(dy_rows), x_rows)), 3e-5);
  }
  const Tensor stacked = stack(weights);
  require_near(precision(bfloat16, [&] { return grouped_matmul(x, groups, transpose(stacked)); }), to_array(y), 1e-6);
}
