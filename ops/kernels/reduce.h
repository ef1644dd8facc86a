// Reductions. The order of additions depends only on n.
#pragma once

#include "registry.h"
#include "views.h"

namespace heed::kernels {

/// For every dtype but bool.
template <class T>
struct ReduceKernels {
  T (*sum)(Run<const T> x, Index n);
  T (*max)(Run<const T> x, Index n);  // NaN if any element is NaN; for n = 0 the lowest value, -infinity for floats
  T (*min)(Run<const T> x, Index n);  // NaN if any element is NaN; for n = 0 the highest value, infinity for floats
  Index (*argmax)(Run<const T> x, Index n);                // index of the first maximum; NaN counts as the maximum
  Index (*argmin)(Run<const T> x, Index n);                // index of the first minimum; NaN counts as the minimum
  void (*sum_columns)(Block size, Rows<const T> x, T* y);  // y[j] += sum over i of x[i, j], i ascending
};
HEED_DECLARE_KERNELS(ReduceKernels<float>);
HEED_DECLARE_KERNELS(ReduceKernels<double>);
HEED_DECLARE_KERNELS(ReduceKernels<std::int32_t>);
HEED_DECLARE_KERNELS(ReduceKernels<std::int64_t>);

/// For float and double: the sum of x[i]^2, accumulated in double.
template <class T>
struct SumOfSquaresKernels {
  double (*sum_of_squares)(const T* x, Index n);
};
HEED_DECLARE_KERNELS(SumOfSquaresKernels<float>);
HEED_DECLARE_KERNELS(SumOfSquaresKernels<double>);

}  // namespace heed::kernels
