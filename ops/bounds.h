// The lesser and the greater, and values kept between bounds. NaN stays NaN.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// y = the lesser of a and b for each element, NaN if either is. Broadcasting as in arithmetic.
/// The gradient goes to the lesser one, half to each where they are equal or one is NaN.  float32, float64, int32,
/// int64.
Tensor minimum(const Tensor& a, const Tensor& b);
Tensor minimum(const Tensor& a, double b);
/// The greater, in the same way.
Tensor maximum(const Tensor& a, const Tensor& b);
Tensor maximum(const Tensor& a, double b);

/// y = x, but low where x < low and high where x > high; low <= high. The derivative is 1 from low to high, both
/// included, else 0.  float32, float64, int32, int64.
Tensor clamp(const Tensor& x, double low, double high);
/// With one bound alone.
Tensor clamp_min(const Tensor& x, double low);
Tensor clamp_max(const Tensor& x, double high);

}  // namespace heed
