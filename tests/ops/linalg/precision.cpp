// precision(bfloat16): rounded operands, gradients, and the same bits for any number of threads.
#include <heed/ops/kernels/gemm/gemm_bfloat16.h>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

/// Rounds to bfloat16, as float64.
Tensor rounded(const Tensor& x) { return cast(cast(x, bfloat16), float64); }

Tensor numbers(const Shape& shape, std::uint64_t seed) { return to_tensor(random_array(shape, seed), float32); }

}  // namespace

TEST_CASE("scope and error messages of precision", "[precision]") {
  REQUIRE(ambient().precision == float32);
  {
    const auto scope = precision(bfloat16);
    REQUIRE(ambient().precision == bfloat16);
    REQUIRE(precision(float32, [] { return ambient().precision; }) == float32);
    REQUIRE(ambient().precision == bfloat16);
  }
  REQUIRE(ambient().precision == float32);
  REQUIRE_THROWS_WITH(precision(float16, [] {}),
                      "precision: operands of matrix products can be float32 or bfloat16, but float16 was given");
}

TEST_CASE("products under precision(bfloat16), and their first and second derivatives", "[precision]") {
  if (!kernels::has_bfloat16()) return;
  const Tensor x = numbers({33, 70}, 1).require_grad(), weight = numbers({40, 70}, 2).require_grad();
  const Tensor bias = numbers({40}, 3).require_grad(), dy = numbers({33, 40}, 4);
  const Tensor y = precision(bfloat16, [&] { return linear(x, weight, bias); });
  REQUIRE(y.dtype() == float32);
  require_near(y, to_array(matmul(rounded(x), transpose(rounded(weight))) + cast(bias, float64)), 1e-5);

  // Outside the scope the gradient still rounds: first derivatives, and those of their squares.
  const std::vector<Tensor> first =
      grad(y, std::vector<Tensor>{x, weight, bias}, {.output_gradients = {dy}, .create_graph = true});
  require_near(first[0], to_array(matmul(rounded(dy), rounded(weight))), 1e-5);
  require_near(first[1], to_array(matmul(transpose(rounded(dy)), rounded(x))), 1e-5);
  require_near(first[2], to_array(sum(cast(dy, float64), {0})), 1e-5);
  const std::vector<Tensor> second = grad(sum(first[0] * first[0]), std::vector<Tensor>{weight});
  const Tensor in_float32 = matmul(transpose(dy), 2 * matmul(dy, weight.detach()));
  require_near(second[0] / 1000.0, to_array(in_float32 / 1000.0), 0.02);
  REQUIRE(second[0].to_vector<float>() != in_float32.to_vector<float>());

  // Other ops, dtypes and threads are not affected.
  const Tensor wide = cast(x.detach(), float64);
  precision(bfloat16, [&] {
    require_same_bits(matmul(wide, transpose(wide)), precision(float32, [&] { return matmul(wide, transpose(wide)); }));
    require_same_bits(softmax(x), precision(float32, [&] { return softmax(x); }));
  });
}

TEST_CASE("batched products and linear_cross_entropy under precision(bfloat16)", "[precision]") {
  if (!kernels::has_bfloat16()) return;
  const Tensor a = numbers({5, 3, 17, 20}, 1), b = numbers({3, 20, 9}, 2);
  require_near(precision(bfloat16, [&] { return matmul(a, b); }), to_array(matmul(rounded(a), rounded(b))), 1e-5);

  const Tensor x = numbers({50, 64}, 3).require_grad(), weight = (numbers({300, 64}, 4) / 8.0).detach().require_grad();
  std::vector<std::int64_t> labels;
  for (std::int64_t i = 0; i < 50; ++i) labels.push_back(i * 7 % 300);
  const auto gradients = [&](DType operands) {
    const Tensor loss = precision(operands, [&] { return linear_cross_entropy(x, weight, {}, tensor(labels)); });
    std::vector<Tensor> all = grad(loss, std::vector<Tensor>{x, weight});
    all.push_back(loss.detach());
    return all;
  };
  const std::vector<Tensor> rough = gradients(bfloat16), exact = gradients(float32);
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const Tensor difference = rough[i] - exact[i];
    const double error = sum(difference * difference).item(), size = sum(exact[i] * exact[i]).item();
    REQUIRE(error > 0);
    REQUIRE(error < 1e-4 * size);
  }
}

TEST_CASE("precision(bfloat16) gives the same bits for any number of threads", "[precision]") {
  const Tensor x = numbers({300, 200}, 1).require_grad(), weight = numbers({150, 200}, 2).require_grad();
  const auto with = [&](int n) {
    const Threads use(n);
    const Tensor y = precision(bfloat16, [&] { return linear(x, weight); });
    std::vector<Tensor> all = grad(sum(y * y), std::vector<Tensor>{x, weight});
    all.push_back(y);
    return all;
  };
  const std::vector<Tensor> one = with(1);
  for (const int n : {2, 3, 8}) {
    const std::vector<Tensor> other = with(n);
    for (std::size_t i = 0; i < one.size(); ++i) require_same_bits(one[i], other[i]);
  }
}
