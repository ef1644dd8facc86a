// Weighted sums and products of rows, most of them gathered by index.
#pragma once

#include "registry.h"
#include "views.h"

namespace heed::kernels {

/// For float and double. Indices are not checked.
template <class T>
struct WeightedRowKernels {
  /// y[j] = beta y[j] + sum over k in [0, size.rows) of weights[k] x[k, j], k ascending. With beta = 0, y is not read.
  void (*sum_rows)(Block size, Rows<const T> x, const T* weights, T beta, T* y);

  /// y[j] = sum over k in [0, size.rows) of weights[index[k]] x[index[k], j], k ascending.
  void (*sum_gathered_rows)(Block size, Rows<const T> x, const std::int64_t* index, const T* weights, T* y);

  /// y[i, :] = weights[i] table[index[i], :].
  void (*scale_gathered_rows)(Block size, Rows<const T> table, const std::int64_t* index, const T* weights, Rows<T> y);

  /// y[i] = sum over j of x[i, j] table[index[i], j], in an order that depends only on the width.
  void (*dot_gathered_rows)(Block size, Rows<const T> x, Rows<const T> table, const std::int64_t* index, T* y);
};
HEED_DECLARE_KERNELS(WeightedRowKernels<float>);
HEED_DECLARE_KERNELS(WeightedRowKernels<double>);

}  // namespace heed::kernels
