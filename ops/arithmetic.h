// Arithmetic with broadcasting: axes are matched from the last, and axes of length 1, or missing ones, are repeated.
// Both tensors have one dtype, and so has the result; a number beside a tensor must be one that its dtype has
// (number.h): an integer beside integers, so that tensor({1}) * 0.5 is an Error.
#pragma once

#include "../graph/number.h"
#include "../graph/tensor.h"

namespace heed {

/// y = a + b.  float32, float64, int32, int64.
Tensor add(const Tensor& a, const Tensor& b);
Tensor add(const Tensor& a, Number b);

/// y = a - b.  float32, float64, int32, int64.
Tensor subtract(const Tensor& a, const Tensor& b);
Tensor subtract(const Tensor& a, Number b);
Tensor subtract(Number a, const Tensor& b);

/// y = a * b, element by element.  float32, float64, int32, int64.
Tensor multiply(const Tensor& a, const Tensor& b);
Tensor multiply(const Tensor& a, Number b);

/// y = a / b.  float32, float64.
Tensor divide(const Tensor& a, const Tensor& b);
Tensor divide(const Tensor& a, Number b);
Tensor divide(Number a, const Tensor& b);

/// y = -x.  float32, float64, int32, int64.
Tensor negate(const Tensor& x);

/// y = a + weight (b - a): a where the weight is 0, b where it is 1, exactly.  float32, float64.
Tensor lerp(const Tensor& a, const Tensor& b, const Tensor& weight);
Tensor lerp(const Tensor& a, const Tensor& b, double weight);

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
