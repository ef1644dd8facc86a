// Elementwise powers, with broadcasting as in arithmetic.
#pragma once

#include "../../graph/number.h"
#include "../../graph/tensor.h"

namespace heed {

/// Power:  y = a^b, NaN where a < 0 and b is not an integer.  float32, float64, int32, int64; integer exponents must be
/// at least 0, and overflow wraps around. dy/db at a = 0 is 0 for b >= 0, and dy/da at a = b = 0 is 0.
Tensor pow(const Tensor& a, const Tensor& b);
/// Power with one exponent; 1/2, -1/2 and -1 are sqrt, rsqrt and reciprocal.
Tensor pow(const Tensor& a, Number b);
/// Power with one base.
Tensor pow(Number a, const Tensor& b);

/// Square:  y = x^2.  float32, float64, int32, int64.
Tensor square(const Tensor& x);
/// Square root:  y = x^(1/2); NaN below 0.
Tensor sqrt(const Tensor& x);
/// Reciprocal:  y = 1 / x.  float32, float64.
Tensor reciprocal(const Tensor& x);
/// Reciprocal square root:  y = x^(-1/2); infinite at 0, NaN below.  float32, float64.
Tensor rsqrt(const Tensor& x);

}  // namespace heed
