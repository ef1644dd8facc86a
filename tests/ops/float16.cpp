// bfloat16 and float16: supported by ops that only move or convert elements, refused by those that compute.
// Also tests graph/dtype.h.
#include <heed/ops/support/rounded_once.h>

#include "catch.h"
#include "table.h"

using namespace heed;
using namespace table;
using namespace heed::detail;

namespace {

std::vector<float> values_of(const Tensor& x) { return cast(x.detach(), float32).to_vector<float>(); }

/// Sixteenths from -2 to 2 in float64: exact in 16 bits, with exact sums in float32.
Tensor sixteenths(const Shape& shape, std::uint64_t seed) {
  Array numbers = random_array(shape, seed);
  for (double& value : numbers.values) value = std::round(16 * value) / 16;
  return to_tensor(numbers);
}

/// Gradients of a variable that passes through f in a dtype, and of the weights of the result.
struct Gradient {
  Tensor first, second;
};

Gradient gradient_through(DType dtype, const Shape& shape, const std::function<Tensor(const Tensor&)>& f) {
  const Tensor x = sixteenths(shape, 3).require_grad(), y = cast(f(cast(x, dtype)), float64);
  const Tensor weights = sixteenths(y.shape(), 5).require_grad();
  const Tensor dx = grad(sum(y * weights), x, {.create_graph = true});
  return {dx.detach(), grad(sum(dx * sixteenths(shape, 7)), weights)};
}

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

    // Two uses, so that gradients in 16 bits are accumulated.
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

TEST_CASE("gradients of ops that move elements of 16 bits are those of float64, rounded once", "[ops]") {
  const auto check = [](const char* what, const Shape& shape, const std::function<Tensor(const Tensor&)>& f) {
    const Gradient expected = gradient_through(float64, shape, f);
    for (const DType dtype : {bfloat16, float16}) {
      INFO(what << " in " << name(dtype));
      const Gradient got = gradient_through(dtype, shape, f);
      require_same_bits(got.first, cast(cast(expected.first, dtype), float64));
      require_same_bits(got.second, expected.second);
    }
  };
  Tensor many = empty({300, 7}, int64);  // so many that a sum in 16 bits would lose the later ones
  for (std::int64_t i = 0; i < many.elements(); ++i) fill<std::int64_t>(many)[i] = i * i % 5;
  const Tensor column = select(many, 1, 2), mask = equal(many, 2);
  const auto constant = [](const Shape& shape, DType dtype) { return cast(sixteenths(shape, 9), dtype); };
  check("gather", {5, 7}, [&](const Tensor& x) { return gather(x, 0, many); });
  check("take_along_axis", {5, 7}, [&](const Tensor& x) { return take_along_axis(x, many, 0); });
  check("gather_rows", {5, 7}, [&](const Tensor& x) { return gather_rows(x, many); });
  check("gather_rows of single elements", {5}, [&](const Tensor& x) { return gather_rows(x, many); });
  check("index_select", {3, 5, 2}, [&](const Tensor& x) { return index_select(x, 1, column); });
  check("take", {2, 3}, [&](const Tensor& x) { return take(x, many); });
  check("scatter", {5, 7}, [&](const Tensor& x) { return scatter(x, 0, many, constant({300, 7}, x.dtype())); });
  check("the values of scatter", {300, 7},
        [&](const Tensor& x) { return scatter(constant({5, 7}, x.dtype()), 0, many, x); });
  check("index_copy", {5, 7}, [&](const Tensor& x) { return index_copy(x, 0, column, constant({300, 7}, x.dtype())); });
  check("put", {2, 3}, [&](const Tensor& x) { return put(x, column, constant({300}, x.dtype())); });
  check("masked_select", {1, 7}, [&](const Tensor& x) { return masked_select(x, mask); });
  check("where", {1, 7}, [&](const Tensor& x) { return where(mask, x, zeros({300, 1}, x.dtype())); });
  check("broadcast_to", {3, 1, 2}, [](const Tensor& x) { return broadcast_to(x, {3, 500, 2}); });
  check("repeat_interleave", {3, 2}, [](const Tensor& x) { return repeat_interleave(x, 500, 0); });
  check("tile", {3, 2}, [](const Tensor& x) { return tile(x, {500, 2}); });
  check("pad", {3}, [](const Tensor& x) { return pad(x, {400, 500}, {.mode = Padding::replicate}); });
  check("unfold", {600, 2}, [](const Tensor& x) { return unfold(x, 0, 300, 1); });
  check("sort", {30, 2}, [](const Tensor& x) { return sort(x, 0).values; });
}

TEST_CASE("rounded_once adds 16 bits in float32, and other dtypes as they are", "[ops]") {
  const auto dtype_of_sum = [](DType dtype) {
    DType seen = boolean;
    const Tensor y = rounded_once(ones({3}, dtype), [&](const Tensor& x) {
      seen = x.dtype();
      return sum(x);
    });
    REQUIRE(y.dtype() == dtype);
    REQUIRE(cast(y, float32).item() == 3);
    return seen;
  };
  REQUIRE(dtype_of_sum(bfloat16) == float32);
  REQUIRE(dtype_of_sum(float16) == float32);
  REQUIRE(dtype_of_sum(float32) == float32);
  REQUIRE(dtype_of_sum(float64) == float64);
}

TEST_CASE("ops that compute refuse 16 bits and suggest a cast", "[ops]") {
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
                      "matmul: a is bfloat16 and b is float32, but both must have the same dtype; cast one of them");
}
