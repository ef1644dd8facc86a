// The sum of exponentials of a row, which softmax and cross entropy share.
#pragma once

#include "loops.h"

namespace heed::kernels::HEED_TARGET {

/// The greatest of a row. With a NaN in the row it may be anything: the sum of exponentials is NaN anyway.
template <class T>
HEED_INLINE T greatest_of_row(const T* x, Index n) {
  const Vector<T> lowest = -infinity<T>;
  return max(accumulate<T>(
      n, lowest, [=](auto i) HEED_LAMBDA { return load(x, i, lowest); },
      [](auto a, auto b) HEED_LAMBDA { return max(a, b); }));
}

/// The same, but 0 in the place of -infinity, so that exp(x - it) is 0 and not NaN.
template <class T>
HEED_INLINE T finite_maximum(const T* x, Index n) {
  const T greatest = greatest_of_row(x, n);
  return greatest == -infinity<T> ? T(0) : greatest;
}

/// log(sum of exp(x - greatest)): what is added to a row's maximum for its logsumexp. Whoever subtracts both from an x
/// takes the maximum first, so that little is lost where x is large.
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
