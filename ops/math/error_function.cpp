#include "error_function.h"

#include <cmath>
#include <numbers>

#include "../support/each.h"
#include "arithmetic.h"
#include "exponentials.h"

namespace heed {
using namespace heed::detail;

using kernels::Unary;

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
