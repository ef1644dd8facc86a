#include "elementary.h"

#include <cmath>
#include <numbers>

#include "../../graph/create.h"
#include "../support/each.h"
#include "arithmetic.h"
#include "bounds.h"
#include "compare.h"

namespace heed {
namespace {

using kernels::Backward;
using kernels::Binary;
using kernels::Unary;

/// Gradient dx = dy * f'(x) by one kernel on `saved`, or by the ops of `formula` if the gradient is recorded.
template <class Formula>
auto by_kernel(const char* op, const Tensor& saved, Backward f, const Formula& formula) {
  return fused_gradient(saved, [op, f](const Tensor& dy, const Tensor& kept) { return map(op, dy, kept, f); }, formula);
}

}  // namespace

Tensor abs(const Tensor& x) {
  Tensor y = is_floating(x.dtype()) ? map("abs", x, Unary::absolute)
                                    : map("abs", x, map("abs", 0, x, Binary::subtract), Binary::maximum);
  return differentiable("abs", {x}, y,
                        [x](const Tensor& dy) { return Gradients{dy * map("abs", x.detach(), Unary::sign)}; });
}

Tensor sign(const Tensor& x) {
  Tensor y = is_floating(x.dtype())
                 ? map("sign", x, Unary::sign)
                 : map_numbers("sign", x, []<class T>(T v) { return static_cast<T>((v > T{0}) - (v < T{0})); });
  return differentiable("sign", {x}, y, [](const Tensor& dy) { return Gradients{zeros(dy.shape(), dy.dtype())}; });
}

Tensor exp(const Tensor& x) {
  Tensor y = map("exp", x, Unary::exp);
  return differentiable("exp", {x}, y, [y](const Tensor& dy) { return Gradients{dy * y}; });
}

Tensor log(const Tensor& x) {
  return differentiable("log", {x}, map("log", x, Unary::log), [x](const Tensor& dy) { return Gradients{dy / x}; });
}

Tensor sqrt(const Tensor& x) {
  Tensor y = map("sqrt", x, Unary::sqrt);
  return differentiable("sqrt", {x}, y, by_kernel("sqrt", y, Backward::sqrt, [](const Tensor& dy, const Tensor& r) {
                          return 0.5 * dy / r;
                        }));
}

Tensor tanh(const Tensor& x) {
  Tensor y = map("tanh", x, Unary::tanh);
  return differentiable("tanh", {x}, y, by_kernel("tanh", y, Backward::tanh, [](const Tensor& dy, const Tensor& r) {
                          return dy * (1 - r * r);
                        }));
}

Tensor sigmoid(const Tensor& x) {
  Tensor y = map("sigmoid", x, Unary::sigmoid);
  return differentiable(
      "sigmoid", {x}, y,
      by_kernel("sigmoid", y, Backward::sigmoid, [](const Tensor& dy, const Tensor& r) { return dy * r * (1 - r); }));
}

Tensor relu(const Tensor& x) {
  Tensor y = map("relu", x, Unary::relu);
  return differentiable("relu", {x}, y, by_kernel("relu", y, Backward::relu, [](const Tensor& dy, const Tensor& r) {
                          return where(less_equal(r.detach(), 0), zeros({}, dy.dtype()), dy);
                        }));
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

Tensor erf(const Tensor& x) {
  return differentiable("erf", {x}, map("erf", x, Unary::erf), [x](const Tensor& dy) {
    return Gradients{dy * (2 / std::sqrt(std::numbers::pi)) * exp(-(x * x))};
  });
}

Tensor erfc(const Tensor& x) {
  return differentiable("erfc", {x}, map_floats("erfc", x, [](auto v) { return std::erfc(v); }), [x](const Tensor& dy) {
    return Gradients{dy * (-2 / std::sqrt(std::numbers::pi)) * exp(-(x * x))};
  });
}

}  // namespace heed
