// Cumulative ops: y has the shape of x, and element k along the axis holds what the elements up to k give, in order.
// Floats are added and multiplied in double. Negative axes count from the last. NaN makes NaN of all that follows.
#pragma once

#include <array>

#include "../graph/number.h"
#include "../graph/tensor.h"

namespace heed {

/// y[k] = x[0] + ... + x[k] along the axis; with `reverse` x[k] + ... + x[n - 1].  float32, float64, int32, int64.
Tensor cumsum(const Tensor& x, int axis, bool reverse = false);

/// y[k] = x[0] * ... * x[k] along the axis; with `reverse` x[k] * ... * x[n - 1]. The gradient is right where elements
/// are 0 too.  float32, float64, int32, int64.
Tensor cumprod(const Tensor& x, int axis, bool reverse = false);

/// The largest element so far, and as int64 the place where it was first met; a NaN counts as the largest. The gradient
/// of a value goes to that place.  float32, float64, int32, int64.
std::array<Tensor, 2> cummax(const Tensor& x, int axis);
/// The smallest, in the same way; a NaN counts as the smallest.
std::array<Tensor, 2> cummin(const Tensor& x, int axis);

/// y[k] = ln(e^x[0] + ... + e^x[k]) along the axis, without overflow.  float32, float64.
Tensor logcumsumexp(const Tensor& x, int axis);

/// y[k] = decay[k] * y[k - 1] + x[k] along the axis, from y[-1] = 0; with `reverse` y[k] = decay[k] * y[k + 1] + x[k],
/// from y[n] = 0. decay and x have one shape: the diagonal recurrence of state space models.  float32, float64.
Tensor linear_recurrence(const Tensor& decay, const Tensor& x, int axis, bool reverse = false);

/// y[k] = x[k - by] along the axis, and `value` where that is outside x.  Any dtype.
Tensor shift(const Tensor& x, int axis, std::int64_t by, Number value = 0);

}  // namespace heed
