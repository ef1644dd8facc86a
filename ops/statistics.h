// Variance, standard deviation and norms over axes (all if none are given), which the result does not have unless
// `keep`: then with length 1. float32 and float64.
#pragma once

#include "axes.h"

namespace heed {

/// y = sum of (x - mean(x))^2 / (n - correction), n elements each. With the correction 1 it is the unbiased estimate
/// from a sample (Bessel), with 0 the variance of the elements themselves. NaN or infinite where n <= correction.
Tensor variance(const Tensor& x, const Axes& axes = {}, bool keep = false, double correction = 1);

/// The square root of the variance. Where it is 0, its gradient is taken as 0.
Tensor standard_deviation(const Tensor& x, const Axes& axes = {}, bool keep = false, double correction = 1);

/// y = (sum of |x|^p)^(1/p). For p = infinity the largest |x|, for -infinity the smallest, for 0 the number of elements
/// that are not 0. The gradient where y = 0, and along elements that are 0, is taken as 0; for infinite p it is shared
/// equally by the elements that decide. Squares may overflow: nothing is scaled.
Tensor norm(const Tensor& x, double p = 2, const Axes& axes = {}, bool keep = false);

}  // namespace heed
