// Variance, standard deviation and norms over axes (all if none are given). The axes are removed, or with `keepdims`
// keep length 1. float32 and float64.
#pragma once

#include "../shape/axes.h"

namespace heed {

/// Variance:  y = sum of (x - mean(x))^2 / (n - correction), n the number of elements. Correction 1 gives the unbiased
/// sample variance (Bessel), 0 the population variance. NaN or infinite where n <= correction.
Tensor variance(const Tensor& x, const Axes& axes = {}, bool keepdims = false, double correction = 1);

/// Standard deviation: the square root of the variance. Where it is 0, the gradient is 0.
Tensor standard_deviation(const Tensor& x, const Axes& axes = {}, bool keepdims = false, double correction = 1);

/// Vector p-norm:  y = (sum of |x|^p)^(1/p). For p = infinity the largest |x|, for -infinity the smallest, for 0 the
/// number of nonzero elements. The gradient is 0 where y = 0 and for elements that are 0; for infinite p it is shared
/// equally by the extremal elements. Squares may overflow: nothing is rescaled.
Tensor norm(const Tensor& x, double p = 2, const Axes& axes = {}, bool keepdims = false);

}  // namespace heed
