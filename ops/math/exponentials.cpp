#include "exponentials.h"

#include <cmath>
#include <numbers>

#include "../support/each.h"
#include "arithmetic.h"

namespace heed {
using namespace heed::detail;

using kernels::Unary;

Tensor exp(const Tensor& x) {
  Tensor y = map("exp", x, Unary::exp);
  return differentiable("exp", {x}, y, [y](const Tensor& dy) { return Gradients{dy * y}; });
}

Tensor log(const Tensor& x) {
  return differentiable("log", {x}, map("log", x, Unary::log), [x](const Tensor& dy) { return Gradients{dy / x}; });
}

Tensor exp2(const Tensor& x) {
  Tensor y = map_floats("exp2", x, [](auto v) { return std::exp2(v); });
  return differentiable("exp2", {x}, y, [y](const Tensor& dy) { return Gradients{dy * y * std::numbers::ln2}; });
}

Tensor expm1(const Tensor& x) {
  Tensor y = map("expm1", x, Unary::expm1);
  return differentiable("expm1", {x}, y, [y](const Tensor& dy) { return Gradients{dy * (y + 1)}; });
}

Tensor log1p(const Tensor& x) {
  return differentiable("log1p", {x}, map("log1p", x, Unary::log1p),
                        [x](const Tensor& dy) { return Gradients{dy / (1 + x)}; });
}

Tensor log2(const Tensor& x) {
  return differentiable("log2", {x}, map_floats("log2", x, [](auto v) { return std::log2(v); }),
                        [x](const Tensor& dy) { return Gradients{dy / (x * std::numbers::ln2)}; });
}

Tensor log10(const Tensor& x) {
  return differentiable("log10", {x}, map_floats("log10", x, [](auto v) { return std::log10(v); }),
                        [x](const Tensor& dy) { return Gradients{dy / (x * std::numbers::ln10)}; });
}

}  // namespace heed
