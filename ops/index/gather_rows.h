// Rows of a table by index. Indices are int64 or int32 tensors of any shape; one out of range is an Error.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Gathers rows:  y[i, ...] = table[indices[i], ...];  table [rows, ...], any dtype;  y: the shape of indices, then
/// that of a row. In the gradient, rows with the same index are added in the order of the indices.
Tensor gather_rows(const Tensor& table, const Tensor& indices);

/// Embedding lookup:  table [vocabulary, width], indices [...]  ->  [..., width].
Tensor embedding(const Tensor& table, const Tensor& indices);

/// Adds rows[i, ...] to row indices[i] of a copy of x, for each i in order:  x [rows, ...];  rows: the shape of
/// indices, then that of a row of x.  float32, float64, int32, int64; x and rows have the same dtype.
Tensor index_add(const Tensor& x, const Tensor& indices, const Tensor& rows);

}  // namespace heed
