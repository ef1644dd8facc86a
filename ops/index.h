// Rows of a table by their numbers. Indices are int64 or int32 tensors of any shape; one outside the table is an Error.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// y[i, ...] = table[indices[i], ...]:  table [rows, ...], any dtype;  y: the shape of indices, then that of a row.
/// In the gradient, rows that were taken several times are added in the order of the indices.
Tensor gather_rows(const Tensor& table, const Tensor& indices);

/// The same for the vectors of words:  table [vocabulary, width], indices [...]  ->  [..., width].
Tensor embedding(const Tensor& table, const Tensor& indices);

/// y = x, with rows[i, ...] added to y[indices[i], ...] for each i, in order:  x [rows, ...];  rows: the shape of
/// indices, then that of a row of x.  float32, float64, int32, int64; x and rows have one dtype.
Tensor index_add(const Tensor& x, const Tensor& indices, const Tensor& rows);

}  // namespace heed
