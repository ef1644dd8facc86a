// Gathering, transposing and summing rows.
#pragma once

#include "../../graph/float16.h"
#include "registry.h"
#include "views.h"

namespace heed::kernels {

/// For every dtype: float, double, int32, int64, bool, Bfloat16, Float16.
template <class T>
struct RowKernels {
  /// y[i, :] = table[index[i], :] for the rows i of y. Indices are not checked.
  void (*gather_rows)(Block size, Rows<const T> table, const std::int64_t* index, Rows<T> y);

  /// y[j, i] = x[i, j], where x is [rows, width]; y must not overlap x.
  void (*transpose)(Block size, Rows<const T> x, Rows<T> y);
};
HEED_DECLARE_KERNELS(RowKernels<float>);
HEED_DECLARE_KERNELS(RowKernels<double>);
HEED_DECLARE_KERNELS(RowKernels<std::int32_t>);
HEED_DECLARE_KERNELS(RowKernels<std::int64_t>);
HEED_DECLARE_KERNELS(RowKernels<bool>);
HEED_DECLARE_KERNELS(RowKernels<Bfloat16>);
HEED_DECLARE_KERNELS(RowKernels<Float16>);

/// For every dtype but bool, Bfloat16 and Float16.
template <class T>
struct RowSumKernels {
  /// y[j] += sum over k in [0, size.rows) of x[index[k], j], k ascending: the gradient of one row of an embedding.
  void (*add_gathered_rows)(Block size, Rows<const T> x, const std::int64_t* index, T* y);
};
HEED_DECLARE_KERNELS(RowSumKernels<float>);
HEED_DECLARE_KERNELS(RowSumKernels<double>);
HEED_DECLARE_KERNELS(RowSumKernels<std::int32_t>);
HEED_DECLARE_KERNELS(RowSumKernels<std::int64_t>);

}  // namespace heed::kernels
