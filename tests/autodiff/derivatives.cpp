#include <heed/heed.h>

#include <cmath>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

Tensor vector(std::initializer_list<double> values) { return tensor(values); }
Tensor matrix(std::initializer_list<double> values, const Shape& shape) { return tensor(values, shape); }

void check_close(const Tensor& found, const std::vector<double>& expected, double tolerance = 1e-12) {
  const std::vector<double> values = found.to_vector<double>();
  REQUIRE(values.size() == expected.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    CHECK(values[i] == Approx(expected[i]).epsilon(tolerance).margin(1e-13));
}

/// Central difference (f(x + h t) - f(x - h t)) / 2h.
template <class Function>
std::vector<double> difference(const Function& f, const std::vector<Tensor>& x, const std::vector<Tensor>& t) {
  const double h = 1e-6;
  std::vector<Tensor> above, below;
  for (std::size_t i = 0; i < x.size(); ++i) {
    above.push_back(x[i] + t[i] * h);
    below.push_back(x[i] - t[i] * h);
  }
  return ((f(above[0], above[1]) - f(below[0], below[1])) / (2 * h)).template to_vector<double>();
}

}  // namespace

TEST_CASE("jvp and vjp agree with differences and with each other", "[derivatives]") {
  seed(3);
  const auto f = [](const Tensor& x, const Tensor& w) { return tanh(matmul(softmax(x), w)) / (2 + w * w); };
  const Tensor x = normal({3, 3}, 0, 1, float64), w = normal({3, 3}, 0, 1, float64);
  const Tensor s = normal({3, 3}, 0, 1, float64), t = normal({3, 3}, 0, 1, float64), g = normal({3, 3}, 0, 1, float64);
  const Derivatives forward = jvp(f, {x, w}, {s, t}), back = vjp(f, {x, w}, {g});
  CHECK(forward.results[0].to_vector<double>() == f(x, w).to_vector<double>());
  check_close(forward.derivatives[0], difference(f, {x, w}, {s, t}), 1e-7);
  const double left = sum(g * forward.derivatives[0]).item();
  const double right = sum(back.derivatives[0] * s).item() + sum(back.derivatives[1] * t).item();
  CHECK(left == Approx(right).epsilon(1e-12));
  CHECK_FALSE(forward.results[0].requires_grad());
  CHECK_FALSE(back.derivatives[0].requires_grad());
  CHECK_FALSE(x.requires_grad());
}

TEST_CASE("jvp of several results, among them linear, an input, constant and integer ones", "[derivatives]") {
  const auto f = [](std::span<const Tensor> x) {
    return std::vector{x[0] * 3, x[0], ones({2}, float64), cast(x[0], int64), gather_rows(x[0], x[1])};
  };
  const auto [results, tangents] = jvp(f, {vector({1, 2}), tensor({std::int64_t{1}})}, {vector({5, 7}), Tensor{}});
  check_close(tangents[0], {15, 21});
  check_close(tangents[1], {5, 7});
  check_close(tangents[2], {0, 0});
  CHECK_FALSE(tangents[3]);
  check_close(tangents[4], {7});
  CHECK(results[3].dtype() == int64);
}

TEST_CASE("a jvp is differentiable with respect to inputs and captured tensors", "[derivatives]") {
  Tensor x = scalar(0.5).require_grad(), w = scalar(2.0).require_grad();
  const auto f = [&](const Tensor& a) { return w * a * a * a; };
  const Tensor tangents = jvp(f, {x}, {scalar(1.0)}, {.create_graph = true}).derivatives[0];  // 3 w x^2
  CHECK(tangents.item() == Approx(1.5));
  CHECK(grad(tangents, x, {.retain_graph = true}).item() == Approx(6));  // 6 w x
  CHECK(grad(tangents, w).item() == Approx(0.75));
  const auto inner = [&](const Tensor& a) { return jvp(f, {a}, {scalar(1.0)}, {.create_graph = true}).derivatives[0]; };
  CHECK(jvp(inner, {x}, {scalar(1.0)}).derivatives[0].item() == Approx(6));
  CHECK_FALSE(x.grad());
}

TEST_CASE("jacobian of a function against its formula", "[derivatives]") {
  const Tensor x = vector({1, 2, 3});
  const auto f = [](const Tensor& a) {  // (a0 a1, sin-like: exp(a2), a0)
    return concat({slice(a, 0, 0, 1) * slice(a, 0, 1, 2), exp(slice(a, 0, 2, 3)), slice(a, 0, 0, 1)});
  };
  const Tensor j = jacobian(f, x);
  CHECK(j.shape() == Shape{3, 3});
  check_close(j, {2, 1, 0, 0, 0, std::exp(3.0), 1, 0, 0});
  const auto product = [](const Tensor& a, const Tensor& b) { return matmul(a, b); };
  const auto all = jacobian(product, {matrix({1, 2}, {1, 2}), matrix({3, 4, 5, 6}, {2, 2})});
  CHECK(all[0][0].shape() == Shape{1, 2, 1, 2});
  check_close(all[0][0], {3, 5, 4, 6});
  CHECK(all[0][1].shape() == Shape{1, 2, 2, 2});
  check_close(all[0][1], {1, 0, 2, 0, 0, 1, 0, 2});
  check_close(jacobian([](const Tensor& a) { return a.detach(); }, vector({1, 2})), {0, 0, 0, 0});
  CHECK(jacobian([](const Tensor& a) { return slice(a, 0, 0, 0); }, x).shape() == Shape{0, 3});
}

TEST_CASE("hessian and hvp of functions of several inputs", "[derivatives]") {
  const auto f = [](const Tensor& x, const Tensor& y) { return sum(x * x * x) * sum(y) + sum(y * y); };
  const Tensor x = vector({1, 2}), y = vector({3, 4, 5});  // d2/dx2: 6 x sum(y), d2/dxdy: 3 x^2, d2/dy2: 2
  const auto h = hessian(f, {x, y});
  check_close(h[0][0], {72, 0, 0, 144});
  check_close(h[0][1], {3, 3, 3, 12, 12, 12});
  check_close(h[1][0], {3, 12, 3, 12, 3, 12});
  check_close(h[1][1], {2, 0, 0, 0, 2, 0, 0, 0, 2});
  const auto v = hvp(f, {x, y}, {vector({1, -1}), vector({1, 0, 2})});
  check_close(v[0], {72 + 9, -144 + 36});
  check_close(v[1], {3 - 12 + 2, 3 - 12, 3 - 12 + 4});
  check_close(hessian([](const Tensor& a) { return sum(a * 2); }, vector({1, 2})), {0, 0, 0, 0});
  check_close(hvp([](const Tensor& a) { return sum(tanh(a)); }, {vector({0.5})}, {vector({2})})[0],
              {-4 * std::tanh(0.5) * (1 - std::tanh(0.5) * std::tanh(0.5))});
  const Tensor third = jacobian(
      [](const Tensor& a) {
        return hessian([](const Tensor& b) { return sum(b * b * b * b); }, a, {.create_graph = true});
      },
      vector({2}));
  check_close(third, {48});
}

TEST_CASE("derivatives through ops whose gradients are kernels", "[derivatives]") {
  seed(4);
  const Tensor x = normal({2, 4}, 0, 1, float64), scale = normal({4}, 0, 1, float64), shift = zeros({4}, float64);
  const auto f = [&](const Tensor& a, const Tensor& b) { return gelu(layer_norm(a, b, shift, 1e-5f)); };
  const Tensor t = normal({2, 4}, 0, 1, float64), u = normal({4}, 0, 1, float64);
  check_close(jvp(f, {x, scale}, {t, u}).derivatives[0], difference(f, {x, scale}, {t, u}), 1e-6);
}

TEST_CASE("errors of derivatives", "[derivatives]") {
  const auto f = [](const Tensor& a) { return a * a; };
  const Tensor x = vector({1, 2, 3});
  CHECK_THROWS_MATCHES(jvp(f, {x, x}, {x, x}), Error, Message("jvp: 2 inputs were given, but the function takes 1"));
  CHECK_THROWS_MATCHES(jvp(f, {x}, {}), Error,
                       Message("jvp: 0 tangents were given, but there must be one for each of the 1 inputs"));
  CHECK_THROWS_MATCHES(jvp(f, {x}, {ones({3})}), Error,
                       Message("jvp: input 0 is float64 [3], but its tangent is float32 [3]"));
  CHECK_THROWS_MATCHES(vjp(f, {x}, {vector({1})}), Error,
                       Message("vjp: result 0 is float64 [3], but its gradient is float64 [1]"));
  CHECK_THROWS_MATCHES(hessian(f, x), Error,
                       Message("hessian: the function must return one floating point number, but it returned "
                               "float64 [3]"));
  CHECK_THROWS_MATCHES(hvp(f, {x}, {Tensor{}}), Error, Message("hvp: input 0 is float64 [3], but its vector is empty"));
}
