#include <cmath>
#include <numbers>

#include "catch.h"
#include "ops/elementwise_rows.h"

using namespace heed;
using namespace table;

namespace {

const std::vector<std::vector<Shape>> shapes = {{{3, 33}}, {{7}}, {{1}}, {{}}, {{0, 4}}, {{2, 3, 5}}};
const std::vector<Shape> large = {{300, 701}};

/// Row of a unary function.
Row row(const std::string& name, Function f, std::function<double(double)> formula) {
  return {
      .op = [f](auto& x) { return f(x[0]); },
      .reference = elementwise(std::move(formula)),
      .shapes = shapes,
      .errors = {{[f] { f(zeros({2}, int64)); }, name + ": the tensor is int64, but it must be float32 or float64"}},
      .large = large};
}

}  // namespace

TEST_CASE("exp", "[ops]") {
  check_op(row("exp", exp, [](double x) { return std::exp(x); }));
  REQUIRE(at(exp, -infinity) == 0);
  REQUIRE(at(exp, 1000) == infinity);
}

TEST_CASE("log", "[ops]") {
  Row it = row("log", log, [](double x) { return std::log(x); });
  it.low = 0.4, it.high = 3;
  check_op(it);
  REQUIRE(at(log, 0) == -infinity);
  REQUIRE(std::isnan(at(log, -1)));
}

TEST_CASE("sqrt", "[ops]") {
  Row it = row("sqrt", sqrt, [](double x) { return std::sqrt(x); });
  it.low = 0.4, it.high = 3;
  check_op(it);
  REQUIRE(at(sqrt, 0) == 0);
  REQUIRE(std::isnan(at(sqrt, -1)));
}

TEST_CASE("abs", "[ops]") {
  Row it = row("abs", abs, [](double x) { return std::abs(x); });
  it.kinks = {0};
  it.errors = {{[] { abs(zeros({2}, boolean)); }, "abs: the tensor is bool, but it must be a number"}};
  check_op(it);
  REQUIRE(abs(tensor({-3, 0, 2})).to_vector<std::int32_t>() == std::vector<std::int32_t>{3, 0, 2});
}

TEST_CASE("sign", "[ops]") {
  Row it = row("sign", sign, [](double x) { return double(x > 0) - double(x < 0); });
  it.errors = {{[] { sign(zeros({2}, boolean)); }, "sign: the tensor is bool, but it must be a number"}};
  check_flat(it, sign);
  REQUIRE(sign(tensor({-3, 0, 2})).to_vector<std::int32_t>() == std::vector<std::int32_t>{-1, 0, 1});
  REQUIRE(at(sign, std::nan("")) == 0);
}

TEST_CASE("tanh", "[ops]") {
  check_op(row("tanh", tanh, [](double x) { return std::tanh(x); }));
  REQUIRE(at(tanh, infinity) == 1);
}

TEST_CASE("sigmoid", "[ops]") {
  check_op(row("sigmoid", sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }));
  REQUIRE(at(sigmoid, -infinity) == 0);
  REQUIRE(at(sigmoid, infinity) == 1);
}

TEST_CASE("relu", "[ops]") {
  Row it = row("relu", relu, [](double x) { return x > 0 ? x : 0; });
  it.kinks = {0};
  check_op(it);
  const Tensor x = tensor({0.0}).require_grad();
  backward(relu(x));
  REQUIRE(x.grad().item() == 0);
}

TEST_CASE("gelu", "[ops]") {
  check_op(row("gelu", gelu, [](double x) { return x * std::erfc(-x / std::numbers::sqrt2) / 2; }));
}

TEST_CASE("gelu_tanh", "[ops]") {
  check_op(row("gelu_tanh", gelu_tanh, [](double x) {
    return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * std::pow(x, 3))));
  }));
}

TEST_CASE("erf", "[ops]") {
  check_op(row("erf", erf, [](double x) { return std::erf(x); }));
}

TEST_CASE("erfc", "[ops]") {
  check_op(row("erfc", erfc, [](double x) { return std::erfc(x); }));
  REQUIRE(at(erfc, 20) / std::erfc(20.0) == Approx(1).epsilon(1e-12));
}

TEST_CASE("tanh has derivatives of every order, and leaks no node", "[ops]") {
  const std::int64_t before = live_nodes();
  {
    const Tensor x = tensor({0.3, -0.8}).require_grad();
    std::vector<Tensor> derivatives = {tanh(x)};
    for (int order = 1; order <= 4; ++order)
      derivatives.push_back(grad(sum(derivatives.back()), x, {.create_graph = true}));
    for (int i = 0; i < 2; ++i) {
      const double t = std::tanh(x.to_vector<double>()[static_cast<std::size_t>(i)]), s = 1 - t * t;
      const double formula[] = {t, s, -2 * t * s, s * (6 * t * t - 2), 8 * t * s * (2 - 3 * t * t)};
      for (std::size_t order = 0; order <= 4; ++order)
        REQUIRE(derivatives[order].to_vector<double>()[static_cast<std::size_t>(i)] == Approx(formula[order]));
    }
  }
  REQUIRE(live_nodes() == before);
}
