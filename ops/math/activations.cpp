#include "activations.h"

#include <cmath>
#include <numbers>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/expect_number.h"
#include "../index/where.h"
#include "../support/by_kernel.h"
#include "../support/each.h"
#include "arithmetic.h"
#include "bounds.h"
#include "compare.h"
#include "error_function.h"
#include "exponentials.h"
#include "powers.h"
#include "trigonometry.h"

namespace heed {
using namespace heed::detail;

namespace {

using kernels::Backward;
using kernels::Unary;

/// Piecewise linear function: y = f(x), dx = slope(x) dy.
template <class F, class Slope>
Tensor pieces(const char* op, const Tensor& x, const F& f, const Slope& slope) {
  return differentiable(op, {x}, map_floats(op, x, f),
                        [op, x, slope](const Tensor& dy) { return Gradients{dy * map_floats(op, x.detach(), slope)}; });
}

Tensor between(const char* op, const Tensor& x, double low, double high) {
  return pieces(
      op, x,
      [=]<class T>(T v) -> T {
        const T least = static_cast<T>(low), most = static_cast<T>(high);
        return v < least ? least : v > most ? most : v;
      },
      [=]<class T>(T v) -> T { return v <= static_cast<T>(low) || v >= static_cast<T>(high) ? T(0) : T(1); });
}

}  // namespace

Tensor relu(const Tensor& x) {
  Tensor y = map("relu", x, Unary::relu);
  return differentiable("relu", {x}, y, by_kernel("relu", y, Backward::relu, [](const Tensor& dy, const Tensor& r) {
                          return where(less_equal(r.detach(), 0), zeros({}, dy.dtype()), dy);
                        }));
}

Tensor sigmoid(const Tensor& x) {
  Tensor y = map("sigmoid", x, Unary::sigmoid);
  return differentiable(
      "sigmoid", {x}, y,
      by_kernel("sigmoid", y, Backward::sigmoid, [](const Tensor& dy, const Tensor& r) { return dy * r * (1 - r); }));
}

Tensor gelu(const Tensor& x) {
  return differentiable("gelu", {x}, map("gelu", x, Unary::gelu),
                        by_kernel("gelu", x, Backward::gelu, [](const Tensor& dy, const Tensor& v) {
                          const Tensor distribution = 0.5 * (1 + erf(v / std::numbers::sqrt2));
                          const Tensor density = exp(-0.5 * v * v) / std::sqrt(2 * std::numbers::pi);
                          return dy * (distribution + v * density);
                        }));
}

Tensor gelu_tanh(const Tensor& x) {
  return differentiable("gelu_tanh", {x}, map("gelu_tanh", x, Unary::gelu_tanh),
                        by_kernel("gelu_tanh", x, Backward::gelu_tanh, [](const Tensor& dy, const Tensor& v) {
                          const double root = std::sqrt(2 / std::numbers::pi);
                          const Tensor b = clamp(v, -1000, 1000);  // outside, t is flat, and v * v may be infinite
                          const Tensor t = tanh(root * (b + 0.044715 * b * b * b));
                          const Tensor slope = root * (1 + 3 * 0.044715 * b * b);
                          return dy * 0.5 * (1 + t + b * (1 - t * t) * slope);
                        }));
}

Tensor silu(const Tensor& x) {
  return differentiable("silu", {x}, map("silu", x, Unary::silu),
                        fused_gradient(
                            x, [](const Tensor& dy, const Tensor& v) { return map("silu", dy, v, Backward::silu); },
                            [](const Tensor& dy, const Tensor& v) {
                              const Tensor s = sigmoid(v);
                              return dy * (s + v * s * (1 - s));
                            }));
}

Tensor softplus(const Tensor& x, double beta) {
  expect_positive("softplus", "beta", beta);
  const Tensor y = beta == 1 ? map("softplus", x, Unary::softplus) : no_grad([&] {
    const Tensor d = x.detach();  // beta x may overflow
    return relu(d) + map("softplus", -abs(beta * d), Unary::softplus) / beta;
  });
  return differentiable("softplus", {x}, y,
                        [x, beta](const Tensor& dy) { return Gradients{dy * sigmoid(beta == 1 ? x : beta * x)}; });
}

Tensor log_sigmoid(const Tensor& x) { return -softplus(-x); }

Tensor mish(const Tensor& x) { return x * tanh(softplus(x)); }

Tensor elu(const Tensor& x, double alpha) {
  expect_finite("elu", "alpha", alpha);
  Tensor y = no_grad([&] { return where(x.detach() > 0, x.detach(), alpha * expm1(x.detach())); });
  return differentiable("elu", {x}, y, [x, y, alpha](const Tensor& dy) {
    return Gradients{where(x.detach() <= 0, dy * (y + alpha), dy)};  // alpha e^x = y + alpha
  });
}

Tensor selu(const Tensor& x) { return 1.0507009873554804934193 * elu(x, 1.6732632423543772848170); }

Tensor leaky_relu(const Tensor& x, double slope) {
  expect_finite("leaky_relu", "slope", slope);
  with_floating("leaky_relu", x.dtype(), [&]<class T>() { Number(slope).as<T>("leaky_relu"); });
  return pieces(
      "leaky_relu", x, [slope]<class T>(T v) -> T { return v > 0 ? v : static_cast<T>(slope) * v; },
      [slope]<class T>(T v) -> T { return v > 0 ? T(1) : static_cast<T>(slope); });
}

Tensor squared_relu(const Tensor& x) { return square(relu(x)); }

Tensor relu6(const Tensor& x) { return between("relu6", x, 0, 6); }

Tensor hard_tanh(const Tensor& x, double low, double high) {
  if (!(low < high)) fail("hard_tanh: low is {} and high is {}, but low must be less", low, high);
  return between("hard_tanh", x, low, high);
}

Tensor hard_sigmoid(const Tensor& x) {
  return pieces(
      "hard_sigmoid", x,
      []<class T>(T v) -> T {
        const T y = v / 6 + T(0.5);
        return y < 0 ? T(0) : y > 1 ? T(1) : y;
      },
      []<class T>(T v) -> T { return v > -3 && v < 3 ? T(1) / 6 : T(0); });
}

Tensor hard_swish(const Tensor& x) { return x * hard_sigmoid(x); }

}  // namespace heed
