// Sum, mean and product over axes, in an order that depends on shape and strides alone.
#pragma once

#include "../shape/axes.h"

namespace heed {

/// Sum over the axes (all if none are given). They are removed, or with `keepdims` keep length 1. float32, float64; of
/// int64, int32 and bool an int64, which wraps around on overflow.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

/// Mean over the axes; of equal elements exactly their value. float32, float64; integers are an Error: cast them to the
/// dtype of the result, as in mean(cast(x, float32)).
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

/// Product over the axes, 1 for length 0. The gradient is exact also where elements are 0. float32, float64; of int64,
/// int32 and bool an int64, which wraps around on overflow.
Tensor prod(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

}  // namespace heed
