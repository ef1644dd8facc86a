// Random numbers. Each call takes the next random stream of this thread, and element i is number i of that stream:
// reproducible after the same seed() and the same calls, for any number of threads.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Uniform distribution on [low, high); low if both are equal. low <= high, both finite. float32 or float64.
Tensor uniform(const Shape& shape, double low = 0, double high = 1, DType dtype = float32);

/// Normal distribution with mean and standard deviation, both finite, stddev >= 0. float32 or float64.
Tensor normal(const Shape& shape, double mean = 0, double stddev = 1, DType dtype = float32);

/// Normal distribution truncated to [low, high]; mean and stddev are those before truncation. The range must not be
/// empty. float32 or float64.
Tensor truncated_normal(const Shape& shape, double mean = 0, double stddev = 1, double low = -2, double high = 2,
                        DType dtype = float32);

/// Exponential distribution with density rate e^(-rate x) at x > 0; rate > 0. All numbers are positive and finite.
/// float32 or float64.
Tensor exponential(const Shape& shape, double rate = 1, DType dtype = float32);

/// Gumbel distribution:  -ln(-ln u), u uniform on (0, 1). argmax(logits + gumbel) is a sample from softmax(logits).
/// float32 or float64.  Gumbel 1954, "Statistical theory of extreme values".
Tensor gumbel(const Shape& shape, DType dtype = float32);

/// Dropout: in training, each element is 0 with probability p, and x / (1 - p) otherwise. If not training, or with p =
/// 0, y is x, and no stream is taken. No mask is stored: the gradient draws the same numbers again. float32 and
/// float64; 0 <= p < 1, in steps of 1 / 65536.  Srivastava et al. 2014, "Dropout: a simple way to prevent neural
/// networks from overfitting".
Tensor dropout(const Tensor& x, double p, bool training = true);

}  // namespace heed
