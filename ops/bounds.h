// The lesser and the greater, and values kept between bounds. NaN stays NaN.
#pragma once

#include "../graph/number.h"
#include "../graph/tensor.h"

namespace heed {

/// y = the lesser of a and b for each element, NaN if either is. Broadcasting as in arithmetic.
/// The gradient goes to the lesser one, half to each where they are equal or one is NaN.  float32, float64, int32,
/// int64.
Tensor minimum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, Number b);
/// The greater, in the same way.
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor maximum(const Tensor& a, Number b);

/// y = x, but low where x < low and high where x > high; low <= high, neither NaN. A bound may lie beyond the numbers
/// of x's dtype, and then changes none; between integers it must be an integer. The derivative is 1 from low to high,
/// both included, else 0.  float32, float64, int32, int64.
Tensor clamp(const Tensor& x, Number low, Number high);
/// With one bound alone.
Tensor clamp_min(const Tensor& x, Number low);
Tensor clamp_max(const Tensor& x, Number high);

}  // namespace heed
