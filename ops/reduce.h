// Sums and maxima over axes. Added up in an order that follows from shape and strides alone.
#pragma once

#include "axes.h"

namespace heed {

/// The sum over the axes (all if none are given), which the result does not have unless `keep`: then with length 1.
/// float32, float64, int32, int64.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keep = false);

/// The sum divided by the number of elements added. float32, float64.
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keep = false);

/// The largest element over the axes; NaN if there is one. The gradient is shared equally by all that are largest.
/// float32, float64, int32, int64; the axes must not be empty.
Tensor max(const Tensor& x, const Axes& axes = {}, bool keep = false);

}  // namespace heed
