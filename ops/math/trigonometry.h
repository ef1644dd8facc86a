// Elementwise trigonometric and hyperbolic functions and their inverses; angles in radians. float32 and float64, any
// shape; y has the shape of x. Values are within 1 ulp of the exact ones; sin and cos in float32, hyperbolic functions
// and their inverses within 2. Outside a function's domain they are NaN.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Sine:  y = sin x.
Tensor sin(const Tensor& x);
/// Cosine:  y = cos x.
Tensor cos(const Tensor& x);
/// Tangent:  y = sin x / cos x.
Tensor tan(const Tensor& x);
/// Inverse sine: y in [-pi/2, pi/2] with sin y = x; |x| <= 1. The derivative at -1 and 1 is infinite.
Tensor asin(const Tensor& x);
/// Inverse cosine: y in [0, pi] with cos y = x; |x| <= 1. The derivative at -1 and 1 is infinite.
Tensor acos(const Tensor& x);
/// Inverse tangent: y in (-pi/2, pi/2) with tan y = x.
Tensor atan(const Tensor& x);
/// Angle in [-pi, pi] of the point with the coordinates (b, a): atan(a / b) in the right quadrant. a and b are
/// broadcast and have the same dtype. At the origin the value is the C library's, and the gradient NaN.
Tensor atan2(const Tensor& a, const Tensor& b);

/// Hyperbolic sine:  y = (e^x - e^-x) / 2.
Tensor sinh(const Tensor& x);
/// Hyperbolic cosine:  y = (e^x + e^-x) / 2.
Tensor cosh(const Tensor& x);
/// Hyperbolic tangent:  y = (e^x - e^-x) / (e^x + e^-x).
Tensor tanh(const Tensor& x);
/// Inverse hyperbolic sine:  y = ln(x + (x^2 + 1)^(1/2)).
Tensor asinh(const Tensor& x);
/// Inverse hyperbolic cosine:  y = ln(x + (x^2 - 1)^(1/2)) >= 0; x >= 1. The derivative at 1 is infinite.
Tensor acosh(const Tensor& x);
/// Inverse hyperbolic tangent:  y = ln((1 + x) / (1 - x)) / 2; |x| <= 1, infinite at the ends.
Tensor atanh(const Tensor& x);

}  // namespace heed
