// Powers, element by element, with broadcasting as in arithmetic.
#pragma once

#include "../graph/number.h"
#include "../graph/tensor.h"

namespace heed {

/// y = a^b, NaN where a < 0 and b is not whole.  float32, float64, int32, int64; exponents of integers must be at least
/// 0, and what does not fit wraps around.
/// The slope along b at a = 0 is taken as 0 where b >= 0, and the slope along a at a = b = 0 as 0.
Tensor pow(const Tensor& a, const Tensor& b);
/// The same with one exponent for all; 1/2, -1/2 and -1 are sqrt, rsqrt and reciprocal.
Tensor pow(const Tensor& a, Number b);
/// The same with one base for all.
Tensor pow(Number a, const Tensor& b);

/// y = x^2.  float32, float64, int32, int64.
Tensor square(const Tensor& x);
/// y = 1 / x.  float32, float64.
Tensor reciprocal(const Tensor& x);
/// y = x^(-1/2); infinite at 0, NaN below.  float32, float64.
Tensor rsqrt(const Tensor& x);

}  // namespace heed
