// Elementwise minimum, maximum and clamping. NaN stays NaN.
#pragma once

#include "../../graph/number.h"
#include "../../graph/tensor.h"

namespace heed {

/// Elementwise minimum of a and b, NaN if either is NaN. Broadcasting as in arithmetic. The gradient goes to the
/// smaller one, half to each where they are equal or one is NaN.  float32, float64, int32, int64.
Tensor minimum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, Number b);
/// Elementwise maximum; otherwise as minimum.
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor maximum(const Tensor& a, Number b);

/// Clamps x:  y = min(max(x, low), high), low <= high, neither NaN. A bound outside the range of x's dtype changes
/// nothing; for integers a bound must be an integer. The derivative is 1 on [low, high], else 0.  float32, float64,
/// int32, int64.
Tensor clamp(const Tensor& x, Number low, Number high);
/// Clamps x from below.
Tensor clamp_min(const Tensor& x, Number low);
/// Clamps x from above.
Tensor clamp_max(const Tensor& x, Number high);

}  // namespace heed
