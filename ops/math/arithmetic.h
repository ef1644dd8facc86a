// Elementwise arithmetic with broadcasting: axes are aligned from the last, and missing axes and axes of length 1
// are repeated. Both tensors and the result have the same dtype. A number operand must be representable in the tensor's
// dtype (number.h): an integer for integer tensors, so tensor({1}) * 0.5 is an Error.
#pragma once

#include "../../graph/number.h"
#include "../../graph/tensor.h"

namespace heed {

/// Addition:  y = a + b.  float32, float64, int32, int64.
Tensor add(const Tensor& a, const Tensor& b);
Tensor add(const Tensor& a, Number b);

/// Subtraction:  y = a - b.  float32, float64, int32, int64.
Tensor subtract(const Tensor& a, const Tensor& b);
Tensor subtract(const Tensor& a, Number b);
Tensor subtract(Number a, const Tensor& b);

/// Elementwise multiplication:  y = a * b.  float32, float64, int32, int64.
Tensor multiply(const Tensor& a, const Tensor& b);
Tensor multiply(const Tensor& a, Number b);

/// Division:  y = a / b.  float32, float64.
Tensor divide(const Tensor& a, const Tensor& b);
Tensor divide(const Tensor& a, Number b);
Tensor divide(Number a, const Tensor& b);

/// Negation:  y = -x.  float32, float64, int32, int64.
Tensor negate(const Tensor& x);

/// Absolute value:  y = |x|. The derivative at 0 is 0. Integers too.
Tensor abs(const Tensor& x);
/// Sign:  y = -1 for x < 0, 1 for x > 0, 0 for 0 and NaN. The derivative is 0. Integers too.
Tensor sign(const Tensor& x);
/// Linear interpolation:  y = a + weight (b - a), exactly a where the weight is 0 and b where it is 1.  float32,
/// float64.
Tensor lerp(const Tensor& a, const Tensor& b, const Tensor& weight);
Tensor lerp(const Tensor& a, const Tensor& b, double weight);

/// Operators of the functions above.
inline Tensor operator+(const Tensor& a, const Tensor& b) { return add(a, b); }
inline Tensor operator+(const Tensor& a, Number b) { return add(a, b); }
inline Tensor operator+(Number a, const Tensor& b) { return add(b, a); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return subtract(a, b); }
inline Tensor operator-(const Tensor& a, Number b) { return subtract(a, b); }
inline Tensor operator-(Number a, const Tensor& b) { return subtract(a, b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return multiply(a, b); }
inline Tensor operator*(const Tensor& a, Number b) { return multiply(a, b); }
inline Tensor operator*(Number a, const Tensor& b) { return multiply(b, a); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return divide(a, b); }
inline Tensor operator/(const Tensor& a, Number b) { return divide(a, b); }
inline Tensor operator/(Number a, const Tensor& b) { return divide(a, b); }
inline Tensor operator-(const Tensor& x) { return negate(x); }

}  // namespace heed
