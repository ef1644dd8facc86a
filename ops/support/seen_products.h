// Internal: matrix products with a mask over pairs of rows, as ops.
#pragma once

#include "../../graph/tensor.h"

namespace heed::detail {

/// Masked product:  y[..., i, j] = dot(a[..., i, :], b[..., j, :]) where seen[i, j], else 0. Masked pairs contribute
/// nothing to the gradients, even if their rows are NaN or infinite. seen: bool [rows of a, rows of b], or empty: all.
Tensor masked_dot(const Tensor& seen, const Tensor& a, const Tensor& b);

/// Masked weighted sum:  y[..., i, :] = sum over the j with seen[i, j] of x[..., i, j] rows[..., j, :].
Tensor masked_weighted_sum(const Tensor& seen, const Tensor& x, const Tensor& rows);

}  // namespace heed::detail
