// Random numbers. Each call takes the next stream of this thread, and element i is number i of that stream: the same
// after the same seed() and the same calls, for any number of threads.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// Numbers of [low, high), all equally likely; low if both are equal. low <= high, both finite. float32 or float64.
Tensor uniform(const Shape& shape, double low = 0, double high = 1, DType dtype = float32);

/// Normally distributed numbers with this mean and standard deviation, which must be finite, and the deviation not
/// negative. float32 or float64.
Tensor normal(const Shape& shape, double mean = 0, double deviation = 1, DType dtype = float32);

/// Normally distributed numbers, of which only those from low to high are kept; the mean and deviation are those before
/// that. The range must not be empty. float32 or float64.
Tensor truncated_normal(const Shape& shape, double mean = 0, double deviation = 1, double low = -2, double high = 2,
                        DType dtype = float32);

/// Exponentially distributed numbers, with density rate e^(-rate x) at x > 0; rate > 0. All are positive and finite.
/// float32 or float64.
Tensor exponential(const Shape& shape, double rate = 1, DType dtype = float32);

/// -ln(-ln u) for u between 0 and 1, all equally likely: the greatest of logits + gumbel is a draw from their softmax.
/// float32 or float64.  Gumbel 1954, "Statistical theory of extreme values".
Tensor gumbel(const Shape& shape, DType dtype = float32);

/// While training, each element is 0 with the chance p, and x / (1 - p) otherwise; else, or with p = 0, y is x, and no
/// stream is taken. No mask is stored: the gradient draws the same numbers again. float32 and float64; 0 <= p < 1, in
/// steps of 1 / 65536.  Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".
Tensor dropout(const Tensor& x, double p, bool training = true);

}  // namespace heed
