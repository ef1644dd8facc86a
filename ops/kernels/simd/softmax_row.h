// Maximum and sum of exponentials of a row, for softmax and cross entropy.
#pragma once

#include "loops.h"

namespace heed::kernels::HEED_TARGET {

/// Returns the maximum of a row. Unspecified if the row has a NaN: the sum of exponentials is NaN anyway.
template <class T>
HEED_INLINE T maximum_of_row(const T* x, Index n) {
  const Vector<T> lowest = -infinity<T>;
  return max(accumulate<T>(
      n, lowest, [=](auto i) HEED_LAMBDA { return load(x, i, lowest); },
      [](auto a, auto b) HEED_LAMBDA { return max(a, b); }));
}

/// Returns the maximum of a row, or 0 if that is -infinity, so that exp(x - maximum) is 0 and not NaN.
template <class T>
HEED_INLINE T finite_maximum(const T* x, Index n) {
  const T greatest = maximum_of_row(x, n);
  return greatest == -infinity<T> ? T(0) : greatest;
}

/// Returns log(sum of exp(x - greatest)), the logsumexp of a row without its maximum. To subtract both from an x,
/// subtract the maximum first: that is more accurate where x is large.
template <class T>
HEED_INLINE T log_of_sum(const T* x, Index n, T greatest) {
  const T s = total<T>(n, [=](auto i) HEED_LAMBDA { return exp(load(x, i, Vector<T>(-infinity<T>)) - greatest); });
  return log(Vector<T>(s))[0];
}

template <class T>
HEED_INLINE T logsumexp_of_row(const T* x, Index n) {
  const T greatest = finite_maximum(x, n), shift = greatest == infinity<T> ? T(0) : greatest;
  return shift + log_of_sum(x, n, shift);
}

}  // namespace heed::kernels::HEED_TARGET
