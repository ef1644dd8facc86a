// Products of two tensors that are named by their axes. For any other, einsum. Both operands have one dtype.
#pragma once

#include "axes.h"

namespace heed {

/// y = sum over i of a[i] b[i]:  a, b: [n]  ->  [].  float32, float64.
Tensor dot(const Tensor& a, const Tensor& b);

/// y[i, j] = a[i] b[j]:  a: [m], b: [n]  ->  [m, n].  float32, float64, int32, int64.
Tensor outer(const Tensor& a, const Tensor& b);

/// The sum of products over pairs of axes: the first of axes_a with the first of axes_b, and so on. The result has the
/// other axes of a, then those of b. Without pairs it has the product of each element of a with each of b.
/// float32, float64; the axes of a pair must have one length.
Tensor tensordot(const Tensor& a, const Tensor& b, const Axes& axes_a, const Axes& axes_b);

/// The same over the last `axes` axes of a and the first of b, in order.
Tensor tensordot(const Tensor& a, const Tensor& b, int axes = 2);

}  // namespace heed
