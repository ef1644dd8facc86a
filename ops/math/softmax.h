// Softmax, its logarithm, and log-sum-exp. float32 and float64; negative axes count from the last.
#pragma once

#include "../shape/axes.h"

namespace heed {

/// Softmax along an axis:  y = e^(x - logsumexp(x)); y has the shape of x. If all elements along the axis are
/// -infinity, y is 0.
Tensor softmax(const Tensor& x, int axis = -1);

/// Logarithm of the softmax along an axis:  y = x - logsumexp(x); y has the shape of x.
Tensor log_softmax(const Tensor& x, int axis = -1);

/// Log-sum-exp over axes:  y = ln(sum of e^x). The axes are removed, or with `keepdims` keep length 1; {} means all.
/// For axes of length 0, or with only -infinity, y is -infinity with gradient 0. If an element is infinity, so is y,
/// and the gradient is shared equally by such elements.
Tensor logsumexp(const Tensor& x, const Axes& axes = -1, bool keepdims = false);

}  // namespace heed
