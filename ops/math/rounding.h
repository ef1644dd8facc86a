// Rounding, and division with an integer quotient. Broadcasting as in arithmetic. Integer results have derivative 0.
#pragma once

#include "../../graph/number.h"
#include "../../graph/tensor.h"

namespace heed {

/// Rounding down, up, to nearest (half to even), and towards 0. float32, float64.
Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
Tensor round(const Tensor& x);
Tensor trunc(const Tensor& x);

// All below: float32, float64, int32, int64. An integer division by 0 is an Error. For floats with b = 0 the
// remainder is NaN and the quotient a / b. Of the remainders, dy/da is 1 and dy/db the negative quotient.

/// Floor division: the quotient a / b, rounded down.
Tensor floor_divide(const Tensor& a, const Tensor& b);
Tensor floor_divide(const Tensor& a, Number b);

/// Remainder of floor division:  a - b floor(a / b), with the sign of b, as in Python.
Tensor remainder(const Tensor& a, const Tensor& b);
Tensor remainder(const Tensor& a, Number b);

/// Remainder of truncated division:  a - b trunc(a / b), with the sign of a, as C's fmod and %.
Tensor fmod(const Tensor& a, const Tensor& b);
Tensor fmod(const Tensor& a, Number b);

}  // namespace heed
