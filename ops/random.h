// Random numbers. Each call takes the next stream of this thread, and element i is number i of that stream: the same
// after the same seed() and the same calls, for any number of threads.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// Numbers between low and high, all equally likely. float32 or float64.
Tensor uniform(const Shape& shape, double low = 0, double high = 1, DType dtype = float32);

/// Normally distributed numbers with this mean and standard deviation. float32 or float64.
Tensor normal(const Shape& shape, double mean = 0, double deviation = 1, DType dtype = float32);

/// While training, each element is 0 with the chance p, and x / (1 - p) otherwise; else, or with p = 0, y is x, and no
/// stream is taken. No mask is stored: the gradient draws the same numbers again. float32 and float64; 0 <= p < 1, in
/// steps of 1 / 65536.  Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".
Tensor dropout(const Tensor& x, double p, bool training = true);

}  // namespace heed
