// Windows that slide along an axis.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// Windows of `size` elements, each `step` after the one before, as a last axis:  the axis of length n becomes one of
/// (n - size) / step + 1 windows, and y[.., w, .., i] = x[.., w * step + i, ..].  A view, in which windows may overlap:
/// the gradient of an element is the sum over those that hold it, in their order.
Tensor unfold(const Tensor& x, int axis, std::int64_t size, std::int64_t step = 1);

}  // namespace heed
