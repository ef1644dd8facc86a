// Triangles and diagonals of matrices.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// The lower triangle of the last two axes: x[.., i, j] where j <= i + diagonal, else 0. Any dtype.
Tensor tril(const Tensor& x, std::int64_t diagonal = 0);
/// The upper triangle: x[.., i, j] where j >= i + diagonal, else 0.
Tensor triu(const Tensor& x, std::int64_t diagonal = 0);

/// Diagonal of two axes, the elements x[i, i + offset] (below the main diagonal for a negative offset), as a last axis
/// in place of both. A view.
Tensor diagonal(const Tensor& x, std::int64_t offset = 0, int axis1 = 0, int axis2 = 1);

/// Zeros with the last axis of x on the diagonal of two new axes:  diagonal(diag_embed(x, offset, a, b), offset, a, b)
/// is x.  Both axes have length n + |offset|, where the last axis of x has length n.
Tensor diag_embed(const Tensor& x, std::int64_t offset = 0, int axis1 = -2, int axis2 = -1);

}  // namespace heed
