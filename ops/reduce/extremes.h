// Maximum and minimum over axes, and their indices. float32, float64, int32, int64.
#pragma once

#include "../shape/axes.h"

namespace heed {

/// Maximum over the axes (all if none are given). They are removed, or with `keepdims` keep length 1. NaN if an element
/// is NaN. The gradient is shared equally by all maximal elements. The axes must not have length 0.
Tensor max(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

/// Minimum over the axes; otherwise as max.
Tensor min(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

/// Index of the maximum along one axis, int64: the first of equal ones; NaN counts as the largest.
Tensor argmax(const Tensor& x, int axis, bool keepdims = false);
/// Index of the maximum among all elements in row-major order, int64 [].
Tensor argmax(const Tensor& x);

/// Index of the minimum; otherwise as argmax, but NaN counts as the smallest.
Tensor argmin(const Tensor& x, int axis, bool keepdims = false);
Tensor argmin(const Tensor& x);

}  // namespace heed
