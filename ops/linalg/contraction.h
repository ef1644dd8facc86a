// Contractions of two tensors; einsum does any other. Both operands have the same dtype.
#pragma once

#include "../shape/axes.h"

namespace heed {

/// Dot product:  y = sum over i of a[i] b[i];  a, b: [n]  ->  [].  float32, float64.
Tensor dot(const Tensor& a, const Tensor& b);

/// Outer product:  y[i, j] = a[i] b[j];  a: [m], b: [n]  ->  [m, n].  float32, float64, int32, int64.
Tensor outer(const Tensor& a, const Tensor& b);

/// Tensor contraction: sums products over pairs of axes, the first of axes_a with the first of axes_b and so on. The
/// result has the other axes of a, then those of b. Without pairs it is the outer product. float32, float64; the axes
/// of a pair must have the same length.
Tensor tensordot(const Tensor& a, const Tensor& b, const Axes& axes_a, const Axes& axes_b);

/// Contracts the last `axes` axes of a with the first of b, in order.
Tensor tensordot(const Tensor& a, const Tensor& b, int axes = 2);

}  // namespace heed
