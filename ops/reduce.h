// Sums and products over axes, in an order that follows from shape and strides alone.
#pragma once

#include "axes.h"

namespace heed {

/// The sum over the axes (all if none are given), which the result does not have unless `keep`: then with length 1.
/// float32, float64; of int64, int32 and bool an int64, which wraps around where the sum does not fit.
Tensor sum(const Tensor& x, const Axes& axes = {}, bool keep = false);

/// The sum divided by the number of elements added; of equal elements exactly what each of them is. float32, float64;
/// the mean of integers is an Error, so that mean(cast(x, float32)) or float64 says in which dtype it is meant.
Tensor mean(const Tensor& x, const Axes& axes = {}, bool keep = false);

/// The product over the axes, 1 if there is nothing to multiply. The gradient is right where elements are 0 too.
/// float32, float64; of int64, int32 and bool an int64, which wraps around.
Tensor prod(const Tensor& x, const Axes& axes = {}, bool keep = false);

}  // namespace heed
