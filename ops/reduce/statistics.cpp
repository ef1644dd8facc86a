#include "statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/expect_number.h"
#include "../index/where.h"
#include "../math/arithmetic.h"
#include "../math/compare.h"
#include "../math/powers.h"
#include "../shape/view.h"
#include "../support/axes.h"
#include "../support/reduction.h"
#include "extremes.h"
#include "reduce.h"

namespace heed {
using namespace heed::detail;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Tensor sum_of_squared_deviations(const Tensor& x, const Axes& axes, bool keepdims) {
  return no_grad([&] { return sum(square(x.detach() - mean(x.detach(), axes, true)), axes, keepdims); });
}

/// Returns the divisor of the sum of squares.
double degrees_of_freedom(const char* op, const Tensor& x, unsigned over, double correction) {
  expect_finite(op, "correction", correction);
  double elements = 1;
  for (int axis = 0; axis < x.rank(); ++axis)
    if (over >> axis & 1u) elements *= static_cast<double>(x.shape()[axis]);
  return std::max(elements - correction, 0.0);
}

/// Returns y with 1 in place of 0, as a divisor where the dividend is 0 too.
Tensor one_for_zero(const Tensor& y) { return where(equal(y.detach(), 0), ones({}, y.dtype()), y); }

/// Norm composed of ops.
Tensor norm_of(const Tensor& x, double p, const Axes& axes, bool keepdims) {
  if (p == 0) return sum(cast(not_equal(x, 0), x.dtype()), axes, keepdims);
  if (p == 1) return sum(abs(x), axes, keepdims);
  if (p == 2) return sqrt(sum(square(x), axes, keepdims));
  return pow(sum(pow(abs(x), p), axes, keepdims), 1 / p);
}

}  // namespace

Tensor variance(const Tensor& x, const Axes& axes, bool keepdims, double correction) {
  if (!is_floating(x.dtype())) wrong_dtype("variance", x.dtype(), "float32 or float64");
  const unsigned over = axes_of("variance", x, axes);
  const double divisor = degrees_of_freedom("variance", x, over, correction);
  Tensor y = no_grad([&] { return sum_of_squared_deviations(x, axes, keepdims) / divisor; });
  return differentiable("variance", {x}, y, [x, axes, over, divisor](const Tensor& dy) {
    const Tensor scaled = reshape(dy, reduced_shape(x.shape(), over, true)) * (2 / divisor);
    return Gradients{scaled * (x - mean(x, axes, true))};
  });
}

Tensor standard_deviation(const Tensor& x, const Axes& axes, bool keepdims, double correction) {
  if (!is_floating(x.dtype())) wrong_dtype("standard_deviation", x.dtype(), "float32 or float64");
  const unsigned over = axes_of("standard_deviation", x, axes);
  const double divisor = degrees_of_freedom("standard_deviation", x, over, correction);
  Tensor y = no_grad([&] { return sqrt(sum_of_squared_deviations(x, axes, keepdims) / divisor); });
  return differentiable("standard_deviation", {x}, y, [x, y, axes, over, divisor](const Tensor& dy) {
    const Tensor scaled = reshape(dy / (one_for_zero(y) * divisor), reduced_shape(x.shape(), over, true));
    return Gradients{scaled * (x - mean(x, axes, true))};  // 0 where y is, as all elements are the mean
  });
}

Tensor norm(const Tensor& x, double p, const Axes& axes, bool keepdims) {
  if (!is_floating(x.dtype())) wrong_dtype("norm", x.dtype(), "float32 or float64");
  if (std::isnan(p)) fail("norm: p is NaN, but it must be a number or infinite");
  if (p == infinity) return max(abs(x), axes, keepdims);
  if (p == -infinity) return min(abs(x), axes, keepdims);
  const unsigned over = axes_of("norm", x, axes);
  Tensor y = no_grad([&] { return norm_of(x.detach(), p, axes, keepdims); });
  return differentiable("norm", {x}, y, [x, y, p, over](const Tensor& dy) {
    if (p == 0) return Gradients{zeros(x.shape(), x.dtype())};
    const Shape kept = reduced_shape(x.shape(), over, true);
    if (p == 1) return Gradients{reshape(dy, kept) * sign(x)};
    if (p == 2) return Gradients{x * reshape(dy / one_for_zero(y), kept)};
    const Tensor part = one_for_zero(abs(x)) / reshape(one_for_zero(y), kept);
    return Gradients{reshape(dy, kept) * sign(x) * pow(part, p - 1)};
  });
}

}  // namespace heed
