// For the library's own ops: how gemm can read matrices where they lie.
#pragma once

#include "../graph/ambient.h"
#include "view.h"

namespace heed {

/// The last two axes of a tensor as gemm takes them.
struct MatrixLayout {
  bool direct, transposed;
  std::int64_t leading;  // elements from one row to the next as stored
};

inline MatrixLayout matrix_layout(const Tensor& x) {
  const std::int64_t rows = x.shape()[-2], columns = x.shape()[-1], down = x.strides()[-2], along = x.strides()[-1];
  if ((along == 1 || columns <= 1) && (down >= columns || rows <= 1)) return {true, false, rows <= 1 ? columns : down};
  if ((down == 1 || rows <= 1) && (along >= rows || columns <= 1)) return {true, true, columns <= 1 ? rows : along};
  return {false, false, 0};
}

/// The same values without history, where gemm can read them: on the memory of x if possible, else a copy.
inline Tensor readable_matrix(const Tensor& x) {
  return matrix_layout(x).direct ? x.detach() : no_grad([&] { return contiguous(x); });
}

/// x [rows, width] without history, where gemm can read any run of its rows: on the memory of x if possible, else a
/// copy.
inline Tensor readable_rows(const Tensor& x) {
  return x.strides()[1] == 1 && x.strides()[0] >= x.shape()[1] ? x.detach() : no_grad([&] { return contiguous(x); });
}

}  // namespace heed
