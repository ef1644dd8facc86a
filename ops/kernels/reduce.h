// Many elements in, one out. The order of additions follows from n alone.
#pragma once

#include "registry.h"
#include "views.h"

namespace heed::kernels {

/// For every dtype but bool.
template <class T>
struct ReduceKernels {
  T (*sum)(Run<const T> x, Index n);
  T (*max)(Run<const T> x, Index n);         // NaN if any element is; of none: the lowest value, -infinity for floats
  T (*min)(Run<const T> x, Index n);         // likewise; of none: the greatest value, infinity for floats
  Index (*argmax)(Run<const T> x, Index n);  // the first place of the maximum; a NaN counts as the maximum
  Index (*argmin)(Run<const T> x, Index n);  // likewise
  void (*sum_columns)(Block size, Rows<const T> x, T* y);  // y[j] += sum over i of x[i, j], i ascending
};
HEED_DECLARE_KERNELS(ReduceKernels<float>);
HEED_DECLARE_KERNELS(ReduceKernels<double>);
HEED_DECLARE_KERNELS(ReduceKernels<std::int32_t>);
HEED_DECLARE_KERNELS(ReduceKernels<std::int64_t>);

/// For float and double: the sum of x[i]^2, added in double.
template <class T>
struct NormKernels {
  double (*sum_of_squares)(const T* x, Index n);
};
HEED_DECLARE_KERNELS(NormKernels<float>);
HEED_DECLARE_KERNELS(NormKernels<double>);

}  // namespace heed::kernels
