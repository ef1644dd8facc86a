// Additive scores of pairs of rows:  s[i, j] = sum over c of weight[c] tanh(query[i, c] + key[j, c]).
#pragma once

#include "registry.h"
#include "views.h"

namespace heed::kernels {

template <class T>
struct Additive {
  Index queries, keys, width;
  Rows<const T> query, key;
  const T* weight;  // [width]
};

template <class T>
struct AdditiveKernels {
  /// scores: [queries, keys], contiguous.
  void (*additive)(const Additive<T>& all, T* scores);
  /// From the gradient of the scores. Accumulates into dquery, dkey and dweight.
  void (*additive_backward)(const Additive<T>& all, const T* dscores, Rows<T> dquery, Rows<T> dkey, T* dweight);
};
HEED_DECLARE_KERNELS(AdditiveKernels<float>);
HEED_DECLARE_KERNELS(AdditiveKernels<double>);

}  // namespace heed::kernels
