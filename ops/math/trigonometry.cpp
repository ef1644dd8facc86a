#include "trigonometry.h"

#include <cmath>

#include "../support/by_kernel.h"
#include "../support/each.h"
#include "arithmetic.h"
#include "powers.h"

namespace heed {
using namespace heed::detail;

namespace {

using kernels::Backward;
using kernels::Unary;

/// Returns 1 - x^2 without cancellation near -1 and 1.
Tensor one_minus_square(const Tensor& x) { return (1 - x) * (1 + x); }

}  // namespace

Tensor sin(const Tensor& x) {
  return differentiable("sin", {x}, map("sin", x, Unary::sin),
                        [x](const Tensor& dy) { return Gradients{dy * cos(x)}; });
}

Tensor cos(const Tensor& x) {
  return differentiable("cos", {x}, map("cos", x, Unary::cos),
                        [x](const Tensor& dy) { return Gradients{-(dy * sin(x))}; });
}

Tensor tan(const Tensor& x) {
  Tensor y = map_floats("tan", x, [](auto v) { return std::tan(v); });
  return differentiable("tan", {x}, y, [y](const Tensor& dy) { return Gradients{dy * (1 + y * y)}; });
}

Tensor asin(const Tensor& x) {
  return differentiable("asin", {x}, map_floats("asin", x, [](auto v) { return std::asin(v); }),
                        [x](const Tensor& dy) { return Gradients{dy / sqrt(one_minus_square(x))}; });
}

Tensor acos(const Tensor& x) {
  return differentiable("acos", {x}, map_floats("acos", x, [](auto v) { return std::acos(v); }),
                        [x](const Tensor& dy) { return Gradients{-(dy / sqrt(one_minus_square(x)))}; });
}

Tensor atan(const Tensor& x) {
  return differentiable("atan", {x}, map_floats("atan", x, [](auto v) { return std::atan(v); }),
                        [x](const Tensor& dy) { return Gradients{dy / (1 + x * x)}; });
}

Tensor atan2(const Tensor& a, const Tensor& b) {
  Tensor y = map_floats("atan2", a, b, [](auto v, auto w) { return std::atan2(v, w); });
  return differentiable("atan2", {a, b}, y, [a, b](const Tensor& dy) {
    const Tensor of_distance = dy / (a * a + b * b);
    return Gradients{[&] { return sum_to(of_distance * b, a.shape()); },
                     [&] { return -sum_to(of_distance * a, b.shape()); }};
  });
}

Tensor sinh(const Tensor& x) {
  return differentiable("sinh", {x}, map_floats("sinh", x, [](auto v) { return std::sinh(v); }),
                        [x](const Tensor& dy) { return Gradients{dy * cosh(x)}; });
}

Tensor cosh(const Tensor& x) {
  return differentiable("cosh", {x}, map_floats("cosh", x, [](auto v) { return std::cosh(v); }),
                        [x](const Tensor& dy) { return Gradients{dy * sinh(x)}; });
}

Tensor tanh(const Tensor& x) {
  Tensor y = map("tanh", x, Unary::tanh);
  return differentiable("tanh", {x}, y, by_kernel("tanh", y, Backward::tanh, [](const Tensor& dy, const Tensor& r) {
                          return dy * (1 - r * r);
                        }));
}

Tensor asinh(const Tensor& x) {
  return differentiable("asinh", {x}, map_floats("asinh", x, [](auto v) { return std::asinh(v); }),
                        [x](const Tensor& dy) { return Gradients{dy / sqrt(1 + x * x)}; });
}

Tensor acosh(const Tensor& x) {
  return differentiable("acosh", {x}, map_floats("acosh", x, [](auto v) { return std::acosh(v); }),
                        [x](const Tensor& dy) { return Gradients{dy / sqrt((x - 1) * (x + 1))}; });
}

Tensor atanh(const Tensor& x) {
  return differentiable("atanh", {x}, map_floats("atanh", x, [](auto v) { return std::atanh(v); }),
                        [x](const Tensor& dy) { return Gradients{dy / one_minus_square(x)}; });
}

}  // namespace heed
