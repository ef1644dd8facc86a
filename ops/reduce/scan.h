// Cumulative ops: y has the shape of x, and element k along the axis is the reduction of the elements up to k, in
// order. Floats are accumulated in double. Negative axes count from the last. NaN propagates to all later elements.
#pragma once

#include <array>

#include "../../graph/number.h"
#include "../../graph/tensor.h"

namespace heed {

/// Cumulative sum:  y[k] = x[0] + ... + x[k] along the axis; with `reverse` x[k] + ... + x[n - 1].  float32, float64,
/// int32, int64.
Tensor cumsum(const Tensor& x, int axis, bool reverse = false);

/// Cumulative product:  y[k] = x[0] * ... * x[k] along the axis; with `reverse` x[k] * ... * x[n - 1]. The gradient is
/// exact also where elements are 0.  float32, float64, int32, int64.
Tensor cumprod(const Tensor& x, int axis, bool reverse = false);

/// Cumulative maximum, and the int64 index where it first occurred; NaN counts as the largest. The gradient of a value
/// goes to that element.  float32, float64, int32, int64.
std::array<Tensor, 2> cummax(const Tensor& x, int axis);
/// Cumulative minimum; otherwise as cummax, but NaN counts as the smallest.
std::array<Tensor, 2> cummin(const Tensor& x, int axis);

/// Cumulative log-sum-exp:  y[k] = ln(e^x[0] + ... + e^x[k]) along the axis, without overflow.  float32, float64.
Tensor logcumsumexp(const Tensor& x, int axis);

/// Linear recurrence, as in diagonal state space models:  y[k] = decay[k] * y[k - 1] + x[k] along the axis, y[-1] = 0;
/// with `reverse` y[k] = decay[k] * y[k + 1] + x[k], y[n] = 0. decay and x have the same shape.  float32, float64.
Tensor linear_recurrence(const Tensor& decay, const Tensor& x, int axis, bool reverse = false);

/// Shift along an axis:  y[k] = x[k - by], or `value` where that is out of bounds.  Any dtype.
Tensor shift(const Tensor& x, int axis, std::int64_t by, Number value = 0);

}  // namespace heed
