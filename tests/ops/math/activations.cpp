#include <cmath>
#include <limits>
#include <numbers>

#include "catch.h"
#include "ops/elementwise_rows.h"

using namespace heed;
using namespace table;

namespace {

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }
double softplus_of(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

void check(const std::string& name, Function f, std::function<double(double)> formula, std::vector<double> kinks = {}) {
  Row row = row_of(name, f, std::move(formula));
  row.low = -4, row.high = 4, row.kinks = std::move(kinks);
  row.errors[0].call = [f] { f(zeros({2}, int64)); };
  row.errors[0].sentence = name + ": the tensor is int64, but it must be float32 or float64";
  check_op(row);
}

}  // namespace

TEST_CASE("silu", "[ops]") {
  check("silu", silu, [](double x) { return x * sigmoid_of(x); });
  REQUIRE(at(silu, -1000) == 0);
  REQUIRE(at(silu, 1000) == 1000);
}

TEST_CASE("softplus", "[ops]") {
  check("softplus", [](const Tensor& x) { return softplus(x); }, softplus_of);
  check_op({.op = [](auto& x) { return softplus(x[0], 2.5); },
            .reference = elementwise([](double x) { return softplus_of(2.5 * x) / 2.5; }),
            .shapes = {{{7}}},
            .errors = {{[] { softplus(zeros({2}), 0); }, "softplus: beta is 0, but it must be positive and finite"}}});
  REQUIRE(softplus(scalar(-80.0f)).item() == Approx(std::exp(-80.0)).epsilon(1e-6));
  REQUIRE(softplus(scalar(1000.0f)).item() == 1000);
}

TEST_CASE("log_sigmoid", "[ops]") {
  Row row = row_of("log_sigmoid", log_sigmoid, [](double x) { return -softplus_of(-x); });
  row.errors.clear();
  check_op(row);
  REQUIRE(at(log_sigmoid, -1000) == -1000);
}

TEST_CASE("mish", "[ops]") {
  Row row = row_of("mish", mish, [](double x) { return x * std::tanh(softplus_of(x)); });
  row.errors.clear();
  check_op(row);
}

TEST_CASE("elu", "[ops]") {
  for (const double alpha : {1.0, 0.3})
    check_op({.op = [=](auto& x) { return elu(x[0], alpha); },
              .reference = elementwise([=](double x) { return x > 0 ? x : alpha * std::expm1(x); }),
              .shapes = few_shapes,
              .kinks = {0},
              .large = {{20, 1001}}});
  REQUIRE(slope_at([](const Tensor& x) { return elu(x, 0.3); }, 0) == 0.3);
}

TEST_CASE("selu", "[ops]") {
  Row row = row_of("selu", selu,
                   [](double x) { return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * std::expm1(x)); });
  row.kinks = {0};
  row.errors.clear();
  check_op(row);
}

TEST_CASE("leaky_relu", "[ops]") {
  check(
      "leaky_relu", [](const Tensor& x) { return leaky_relu(x); }, [](double x) { return x > 0 ? x : 0.01 * x; }, {0});
  REQUIRE(slope_at([](const Tensor& x) { return leaky_relu(x, 0.2); }, 0) == 0.2);
}

TEST_CASE("squared_relu", "[ops]") {
  Row row = row_of("squared_relu", squared_relu, [](double x) { return x > 0 ? x * x : 0; });
  row.kinks = {0};
  row.errors.clear();
  check_op(row);
}

TEST_CASE("relu6", "[ops]") {
  check(
      "relu6", [](const Tensor& x) { return relu6(x * 2); }, [](double x) { return std::clamp(2 * x, 0.0, 6.0); },
      {0, 3});
  for (const double x : {0.0, 6.0}) REQUIRE(slope_at(relu6, x) == 0);
}

TEST_CASE("hard_tanh", "[ops]") {
  check(
      "hard_tanh", [](const Tensor& x) { return hard_tanh(x); }, [](double x) { return std::clamp(x, -1.0, 1.0); },
      {-1, 1});
  REQUIRE_THROWS_WITH(hard_tanh(zeros({2}), 1, 1), "hard_tanh: low is 1 and high is 1, but low must be less");
  REQUIRE(slope_at([](const Tensor& x) { return hard_tanh(x); }, 1) == 0);
}

TEST_CASE("hard_sigmoid", "[ops]") {
  check("hard_sigmoid", hard_sigmoid, [](double x) { return std::clamp(x / 6 + 0.5, 0.0, 1.0); }, {-3, 3});
  REQUIRE(slope_at(hard_sigmoid, 3) == 0);
}

TEST_CASE("hard_swish", "[ops]") {
  check_op({.op = [](auto& x) { return hard_swish(x[0]); },
            .reference = elementwise([](double x) { return x * std::clamp(x / 6 + 0.5, 0.0, 1.0); }),
            .shapes = few_shapes,
            .low = -4,
            .high = 4,
            .kinks = {-3, 3}});
}

namespace {

/// Limits of an activation far from 0: y = value(x), and the derivative on each side. A product of an infinite x and 0
/// has the derivative NaN, as in PyTorch.
struct Far {
  std::string name;
  std::function<Tensor(const Tensor&)> f;
  std::function<double(double)> value;
  double left, right;            // the derivative
  double at_nan = not_a_number;  // the derivative at NaN: 1 or 0 as in PyTorch, for pieces selected by comparisons
  double second = 0;             // the second derivative for x > 0
  bool is_product = false;
};

std::vector<Far> far_from_zero() {
  const auto positive = [](double x) { return std::max(x, 0.0); };
  const auto step = [](double x) { return x > 0 ? 1.0 : 0.0; };
  const auto sign = [](double x) { return x > 0 ? 1.0 : -1.0; };
  const auto one = [](const Tensor& x) { return ones(x.shape(), x.dtype()); };
  return {
      {"relu", relu, positive, 0, 1, 1},
      {"squared_relu", squared_relu, [](double x) { return x > 0 ? x * x : 0; }, 0, infinity, not_a_number, 2, true},
      {"relu6", relu6, [](double x) { return x > 0 ? 6.0 : 0.0; }, 0, 0, 1},
      {"hard_tanh", [](const Tensor& x) { return hard_tanh(x); }, sign, 0, 0, 1},
      {"hard_sigmoid", hard_sigmoid, step, 0, 0, 0},
      {.name = "hard_swish", .f = hard_swish, .value = positive, .left = 0, .right = 1, .is_product = true},
      {"leaky_relu", [](const Tensor& x) { return leaky_relu(x, 0.5); }, [](double x) { return x > 0 ? x : 0.5 * x; },
       0.5, 1, 0.5},
      {"elu", [](const Tensor& x) { return elu(x, 2); }, [](double x) { return x > 0 ? x : -2; }, 0, 1, 1},
      {.name = "gelu", .f = gelu, .value = positive, .left = 0, .right = 1, .is_product = true},
      {.name = "gelu_tanh", .f = gelu_tanh, .value = positive, .left = 0, .right = 1, .is_product = true},
      {.name = "silu", .f = silu, .value = positive, .left = 0, .right = 1, .is_product = true},
      {.name = "mish", .f = mish, .value = positive, .left = 0, .right = 1, .is_product = true},
      {"softplus", [](const Tensor& x) { return softplus(x); }, positive, 0, 1},
      {"softplus 10", [](const Tensor& x) { return softplus(x, 10); }, positive, 0, 1},
      {"log_sigmoid", log_sigmoid, [](double x) { return std::min(x, 0.0); }, 1, 0},
      {"sigmoid", sigmoid, step, 0, 0},
      {"tanh", [](const Tensor& x) { return tanh(x); }, sign, 0, 0},
      {"erf", [](const Tensor& x) { return erf(x); }, sign, 0, 0},
      {"erfc", [](const Tensor& x) { return erfc(x); }, [](double x) { return x > 0 ? 0.0 : 2.0; }, 0, 0},
      {"swiglu", [=](const Tensor& x) { return swiglu(x, one(x)); }, positive, 0, 1, not_a_number, 0, true},
      {"geglu", [=](const Tensor& x) { return geglu(x, one(x)); }, positive, 0, 1, not_a_number, 0, true},
      {"reglu", [=](const Tensor& x) { return reglu(x, one(x)); }, positive, 0, 1, 1},
      {"glu", [=](const Tensor& x) { return glu(concat({one(x), x}), 0); }, step, 0, 0},
  };
}

}  // namespace

TEST_CASE("activations and their first two derivatives have the right limits far from 0", "[ops]") {
  for (const Far& far : far_from_zero())
    for (const DType dtype : {float32, float64}) {
      std::vector<double> places{2000, 1e5, 1e15};
      for (const double more : {1e20, 1e38})
        if (far.name != "squared_relu") places.push_back(more);
      if (!far.is_product) places.push_back(infinity);
      if (dtype == float64) places.push_back(1e150), places.push_back(far.name != "squared_relu" ? 1e300 : 1e151);
      for (const double place : places)
        for (const double at : {place, -place}) {
          CAPTURE(far.name, name(dtype), at);
          const Tensor x = cast(tensor(std::vector<double>{at}), dtype).require_grad();
          const double exact = cast(x, float64).item();
          const Tensor y = far.f(x);
          const double value = cast(y.detach(), float64).item(), expected = far.value(exact);
          CHECK((value == expected || std::abs(value - expected) <= 1e-6 * std::abs(expected)));
          const double slope = at < 0 ? far.left : far.right == infinity ? 2 * exact : far.right;
          const Tensor weight = ones({1}, dtype);
          CHECK(cast(grad(y, x, {.output_gradients = {weight}, .retain_graph = true}), float64).item() ==
                Approx(slope));
          const Tensor dx = grad(y, x, {.output_gradients = {weight}, .create_graph = true});
          CHECK(cast(dx.detach(), float64).item() == Approx(slope));
          if (!dx.requires_grad() || std::isinf(at)) continue;
          const Tensor ddx = grad(dx, x, {.output_gradients = {weight}});
          CHECK((ddx ? cast(ddx, float64).item() : 0) == (at < 0 ? 0 : far.second));
        }
    }
}

TEST_CASE("activations propagate NaN, and piecewise ones have a finite derivative there", "[ops]") {
  for (const Far& far : far_from_zero())
    for (const DType dtype : {float32, float64})
      for (const bool create_graph : {false, true}) {
        CAPTURE(far.name, name(dtype), create_graph);
        const Tensor x = full({1}, not_a_number, dtype).require_grad(), y = far.f(x);
        CHECK(std::isnan(cast(y.detach(), float64).item()));
        const Tensor dx = grad(y, x, {.output_gradients = {ones({1}, dtype)}, .create_graph = create_graph});
        const double slope = cast(dx.detach(), float64).item();
        if (std::isnan(far.at_nan)) {
          CHECK(std::isnan(slope));
        } else {
          CHECK(slope == far.at_nan);
        }
      }
}

TEST_CASE("sigmoid", "[ops]") {
  check_op(floating_row_of("sigmoid", sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }));
  REQUIRE(at(sigmoid, -infinity) == 0);
  REQUIRE(at(sigmoid, infinity) == 1);
}

TEST_CASE("relu", "[ops]") {
  Row it = floating_row_of("relu", relu, [](double x) { return x > 0 ? x : 0; });
  it.kinks = {0};
  check_op(it);
  const Tensor x = tensor({0.0}).require_grad();
  backward(relu(x));
  REQUIRE(x.grad().item() == 0);
}

TEST_CASE("gelu", "[ops]") {
  check_op(floating_row_of("gelu", gelu, [](double x) { return x * std::erfc(-x / std::numbers::sqrt2) / 2; }));
}

TEST_CASE("gelu_tanh", "[ops]") {
  check_op(floating_row_of("gelu_tanh", gelu_tanh, [](double x) {
    return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * std::pow(x, 3))));
  }));
}
