// Sliding windows along an axis.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Sliding windows of `size` elements with the given step, as a last axis:  the axis of length n becomes one of (n -
/// size) / step + 1 windows, and y[.., w, .., i] = x[.., w * step + i, ..].  A view, in which windows may overlap: the
/// gradient of an element is the sum over the windows that contain it, in order.
Tensor unfold(const Tensor& x, int axis, std::int64_t size, std::int64_t step = 1);

}  // namespace heed
