// Rounding, and division with a whole quotient. Broadcasting as in arithmetic. Whole results have the derivative 0.
#pragma once

#include "../graph/number.h"
#include "../graph/tensor.h"

namespace heed {

/// The nearest whole number that is not greater; not less; with a fraction of 1/2 the even one; towards 0.
/// float32, float64.
Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
Tensor round(const Tensor& x);
Tensor trunc(const Tensor& x);

// All below: float32, float64, int32, int64; an integer b that is 0 is an Error. Floats divided by 0 leave NaN, and
// their quotient is a / b. dy/da of the remainders is 1, and dy/db the quotient, negative.

/// The quotient a / b, rounded down.
Tensor floor_divide(const Tensor& a, const Tensor& b);
Tensor floor_divide(const Tensor& a, Number b);

/// What the quotient rounded down leaves: a - b floor(a / b), with the sign of b, as in Python.
Tensor remainder(const Tensor& a, const Tensor& b);
Tensor remainder(const Tensor& a, Number b);

/// What the quotient rounded towards 0 leaves: a - b trunc(a / b), with the sign of a, as C's fmod and %.
Tensor fmod(const Tensor& a, const Tensor& b);
Tensor fmod(const Tensor& a, Number b);

}  // namespace heed
