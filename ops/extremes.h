// The largest and the smallest element over axes, and where they are. float32, float64, int32, int64.
#pragma once

#include "axes.h"

namespace heed {

/// The largest element over the axes (all if none are given), which the result does not have unless `keep`: then with
/// length 1. NaN if there is one. The gradient is shared equally by all that are largest. The axes must not be empty.
Tensor max(const Tensor& x, const Axes& axes = {}, bool keep = false);

/// The smallest, in the same way.
Tensor min(const Tensor& x, const Axes& axes = {}, bool keep = false);

/// The place of the largest element along one axis, as int64: of several the first, and a NaN counts as the largest.
Tensor argmax(const Tensor& x, int axis, bool keep = false);
/// Its place among all elements in row-major order: [].
Tensor argmax(const Tensor& x);

/// The place of the smallest, in the same way: a NaN counts as the smallest.
Tensor argmin(const Tensor& x, int axis, bool keep = false);
Tensor argmin(const Tensor& x);

}  // namespace heed
