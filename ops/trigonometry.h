// Circular and hyperbolic functions and their inverses, element by element; angles in radians. float32 and float64, any
// shape; y has the shape of x. Values lie within 1 ulp of the exact ones, sin and cos in float32, hyperbolic functions
// and their inverses within 2, as is tested; outside a function's domain they are NaN.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// y = sin x
Tensor sin(const Tensor& x);
/// y = cos x
Tensor cos(const Tensor& x);
/// y = sin x / cos x
Tensor tan(const Tensor& x);
/// The y in [-pi/2, pi/2] with sin y = x; |x| <= 1. Its slope at -1 and 1 is infinite.
Tensor asin(const Tensor& x);
/// The y in [0, pi] with cos y = x; |x| <= 1. Its slope at -1 and 1 is infinite.
Tensor acos(const Tensor& x);
/// The y in (-pi/2, pi/2) with tan y = x
Tensor atan(const Tensor& x);
/// The angle in [-pi, pi] of the point with the coordinates (b, a): atan(a / b) in the right quadrant. a and b are
/// broadcast and have one dtype. At the origin the value is the C library's, and the gradient NaN.
Tensor atan2(const Tensor& a, const Tensor& b);

/// y = (e^x - e^-x) / 2
Tensor sinh(const Tensor& x);
/// y = (e^x + e^-x) / 2
Tensor cosh(const Tensor& x);
/// The y with sinh y = x: ln(x + (x^2 + 1)^(1/2))
Tensor asinh(const Tensor& x);
/// The y >= 0 with cosh y = x: ln(x + (x^2 - 1)^(1/2)); x >= 1. Its slope at 1 is infinite.
Tensor acosh(const Tensor& x);
/// The y with tanh y = x: ln((1 + x) / (1 - x)) / 2; |x| <= 1, at the ends infinite.
Tensor atanh(const Tensor& x);

}  // namespace heed
