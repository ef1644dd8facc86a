#include "catch.h"
#include "elementwise_rows.h"

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
