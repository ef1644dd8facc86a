// Softmax and its logarithms along one axis. float32 and float64; negative axes count from the last.
#pragma once

#include "axes.h"

namespace heed {

/// y = e^(x - logsumexp(x)): positive numbers that sum to 1 along the axis; y has the shape of x. Where x is nothing
/// but -infinity along the axis, y is 0.
Tensor softmax(const Tensor& x, int axis = -1);

/// y = x - logsumexp(x), the logarithm of softmax(x); y has the shape of x.
Tensor log_softmax(const Tensor& x, int axis = -1);

/// y = ln(sum of e^x over the axes), which the result does not have unless `keep`: then with length 1. Braces without
/// an axis mean all. -infinity along an axis of length 0 or of nothing but -infinity, with gradient 0; infinity where
/// an x is, and the gradient goes to such x alone, in equal parts.
Tensor logsumexp(const Tensor& x, const Axes& axes = -1, bool keep = false);

}  // namespace heed
