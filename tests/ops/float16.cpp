// bfloat16 and float16: stored, moved and converted by all ops that only move elements, refused by those that compute.
#include "catch.h"
#include "table.h"

using namespace heed;
using namespace table;

namespace {

std::vector<float> values_of(const Tensor& x) { return cast(x.detach(), float32).to_vector<float>(); }

}  // namespace

TEST_CASE("cast to 16 bits rounds, and its gradient is cast back", "[ops]") {
  for (const DType dtype : {bfloat16, float16}) {
    const float rounded = dtype == bfloat16 ? 3.140625f : 3.142578125f;
    const Tensor x = tensor({3.1420f, -1.0f, 0.0f, 2.0f}).require_grad();
    const Tensor stored = cast(x, dtype);
    REQUIRE(stored.dtype() == dtype);
    REQUIRE(values_of(stored) == std::vector{rounded, -1.0f, 0.0f, 2.0f});
    REQUIRE(values_of(cast(cast(x, float64), dtype)) == values_of(stored));
    REQUIRE(cast(stored, int32).to_vector<std::int32_t>() == std::vector<std::int32_t>{3, -1, 0, 2});
    REQUIRE(cast(stored, boolean).to_vector<bool>() == std::vector{true, true, false, true});
    REQUIRE(values_of(cast(tensor({true, false}), dtype)) == std::vector{1.0f, 0.0f});

    // Two uses, so that gradients of 16 bits are added up.
    const Tensor weights = tensor({3.1420f, 0.5f, 1.0f, 2.0f});
    backward(sum(cast(stored, float32) * weights) + sum(cast(stored, float32)));
    REQUIRE(x.grad().dtype() == float32);
    REQUIRE_THAT(x.grad().to_vector<float>(),
                 Catch::Matchers::Approx(std::vector{4.1420f, 1.5f, 2.0f, 3.0f}).epsilon(0.01f));
  }
}

TEST_CASE("views, gather_rows, concat and where move elements of 16 bits", "[ops]") {
  const Array values = random_array({4, 6}, 3);
  const Tensor x = to_tensor(values, bfloat16), wide = cast(x, float32);
  const auto same = [](const Tensor& a, const Tensor& b) { REQUIRE(values_of(a) == values_of(b)); };
  same(transpose(x), transpose(wide));
  same(contiguous(permute(reshape(x, {2, 2, 6}), {2, 0, 1})), permute(reshape(wide, {2, 2, 6}), {2, 0, 1}));
  same(slice(x, 1, 1, 5, 2), slice(wide, 1, 1, 5, 2));
  same(broadcast_to(select(x, 0, 1), {3, 6}), broadcast_to(select(wide, 0, 1), {3, 6}));
  const Tensor rows = tensor({3L, 0L, 3L});
  same(gather_rows(x, rows), gather_rows(wide, rows));
  same(gather_rows(transpose(x), rows), gather_rows(transpose(wide), rows));
  same(concat({x, slice(x, 1, 0, 2)}, 1), concat({wide, slice(wide, 1, 0, 2)}, 1));
  const Tensor chosen = greater(x, 0);
  REQUIRE(chosen.to_vector<bool>() == greater(wide, 0).to_vector<bool>());
  same(where(chosen, x, zeros({}, bfloat16)), where(chosen, wide, zeros({})));

  const Tensor variable = wide.detach().require_grad();
  backward(
      sum(cast(concat({transpose(slice(cast(variable, bfloat16), 0, 1, 3)), ones({6, 1}, bfloat16)}, 1), float32)));
  const std::vector<float> gradient = variable.grad().to_vector<float>();
  for (std::size_t i = 0; i < gradient.size(); ++i) REQUIRE(gradient[i] == (i >= 6 && i < 18 ? 1 : 0));
}

TEST_CASE("ops that compute refuse 16 bits and say what to do", "[ops]") {
  const Tensor x = ones({2, 2}, bfloat16), y = ones({2, 2}, float16);
  const auto refuses = [](const std::string& op, const char* dtype, const auto& call) {
    REQUIRE_THROWS_WITH(
        call(), op + ": the tensor is " + dtype + ", which can only be stored and converted; cast it to float32 first");
  };
  refuses("add", "bfloat16", [&] { return x + x; });
  refuses("multiply", "float16", [&] { return y * 2; });
  refuses("exp", "bfloat16", [&] { return exp(x); });
  refuses("gelu", "float16", [&] { return gelu(y); });
  refuses("sum", "bfloat16", [&] { return sum(x); });
  refuses("mean", "float16", [&] { return mean(y); });
  refuses("max", "bfloat16", [&] { return max(x); });
  refuses("softmax", "bfloat16", [&] { return softmax(x); });
  refuses("layer_norm", "bfloat16", [&] { return layer_norm(x, ones({2}, bfloat16), ones({2}, bfloat16), 1e-5); });
  refuses("matmul", "bfloat16", [&] { return matmul(x, x); });
  refuses("linear", "float16", [&] { return linear(y, y); });
  refuses("index_add", "bfloat16", [&] { return index_add(x, tensor({0L}), ones({1, 2}, bfloat16)); });
  refuses("dropout", "bfloat16", [&] { return dropout(x, 0.5); });
  refuses("cross_entropy", "float16", [&] { return cross_entropy(y, zeros({2}, int64)); });
  const Tensor heads = ones({2, 1, 4}, bfloat16);
  refuses("attention", "bfloat16", [&] { return attention(heads, heads, heads, Sequences::equal(1, 2)); });
  REQUIRE_THROWS_WITH(matmul(x, ones({2, 2})),
                      "matmul: a is bfloat16 and b is float32, but both must have one dtype; cast one of them");
}
