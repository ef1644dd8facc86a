// Random sampling. Each call takes the next random stream of this thread, as in random.h: reproducible after the
// same seed() and the same calls, for any number of threads. No gradients.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Bernoulli distribution: 1 with probability p, else 0; 0 <= p <= 1. Any dtype.
Tensor bernoulli(const Shape& shape, double p, DType dtype = float32);

/// Bernoulli distribution with a probability for each element. float32, float64; the result has the same shape and
/// dtype.
Tensor bernoulli(const Tensor& probabilities);

/// Categorical distribution: independent samples of classes with probabilities softmax(logits), int64.
///   logits: [..., classes], float32 or float64; classes with -infinity are never drawn;  the result: [..., samples]
Tensor categorical(const Tensor& logits, Size samples = 1);

/// Samples of classes with probabilities proportional to their weights, which must not be negative, int64. Without
/// replacement no class is drawn twice, and each draw is in proportion to the weights that remain (Efraimidis and
/// Spirakis 2006, "Weighted random sampling with a reservoir"); at least `samples` weights must not be 0.
///   weights: [..., classes], float32 or float64;  the result: [..., samples]
Tensor multinomial(const Tensor& weights, Size samples, bool replacement = false);

/// Random permutation of 0, 1, ..., n - 1: int64 [n].
Tensor permutation(Size n);

/// Uniform integers in [low, high). int64 or int32; low < high.
Tensor randint(std::int64_t low, std::int64_t high, const Shape& shape, DType dtype = int64);

}  // namespace heed
