// Internal: layouts of matrices that gemm can read without a copy.
#pragma once

#include "../../graph/ambient.h"
#include "../shape/view.h"

namespace heed::detail {

/// Layout of the last two axes of a tensor for gemm.
struct MatrixLayout {
  bool direct, transposed;
  std::int64_t leading;  // leading dimension: elements from one stored row to the next
};

inline MatrixLayout matrix_layout(const Tensor& x) {
  const std::int64_t rows = x.shape()[-2], columns = x.shape()[-1];
  const std::int64_t row_stride = x.strides()[-2], column_stride = x.strides()[-1];
  if ((column_stride == 1 || columns <= 1) && (row_stride >= columns || rows <= 1))
    return {true, false, rows <= 1 ? columns : row_stride};
  if ((row_stride == 1 || rows <= 1) && (column_stride >= rows || columns <= 1))
    return {true, true, columns <= 1 ? rows : column_stride};
  return {false, false, 0};
}

/// Returns x without history in a layout that gemm can read: a view if possible, else a copy.
inline Tensor readable_matrix(const Tensor& x) {
  return matrix_layout(x).direct ? x.detach() : no_grad([&] { return contiguous(x); });
}

/// Returns x [rows, width] without history in a layout where gemm can read any range of rows: a view if possible, else
/// a copy.
inline Tensor readable_rows(const Tensor& x) {
  return x.strides()[1] == 1 && x.strides()[0] >= x.shape()[1] ? x.detach() : no_grad([&] { return contiguous(x); });
}

}  // namespace heed::detail
