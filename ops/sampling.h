// Random choices. Each call takes the next random stream of this thread, as in random.h: the same after the same seed()
// and the same calls, for any number of threads. No gradient flows through them.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// 1 with the chance p, else 0; 0 <= p <= 1. Any dtype: as bool a mask.
Tensor bernoulli(const Shape& shape, double p, DType dtype = float32);

/// For each element the same with the chance that it is. float32, float64; the result has the shape and dtype.
Tensor bernoulli(const Tensor& chances);

/// Classes drawn with the chances softmax(logits), each draw by itself: int64.
///   logits: [..., classes], float32 or float64, of which -infinity is never drawn;  the result: [..., samples]
Tensor categorical(const Tensor& logits, Size samples = 1);

/// Classes drawn with chances in proportion to their weights, which must not be negative: int64. Without replacement no
/// class is drawn twice, and after each draw the chances are those among what is left (Efraimidis and Spirakis 2006,
/// "Weighted random sampling with a reservoir"); then at least `samples` weights must not be 0.
///   weights: [..., classes], float32 or float64;  the result: [..., samples]
Tensor multinomial(const Tensor& weights, Size samples, bool replacement = false);

/// 0, 1, ..., n - 1 in random order: int64 [n].
Tensor permutation(Size n);

/// Integers from low to high - 1, all equally likely. int64 or int32; low < high.
Tensor random_integers(std::int64_t low, std::int64_t high, const Shape& shape, DType dtype = int64);

}  // namespace heed
