// For the library's own ops: matrix products of masked pairs, as ops.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// y[..., i, j] = dot(a[..., i, :], b[..., j, :]) where seen[i, j], elsewhere 0. The gradients take in the pairs that
/// are seen alone, whatever the rows of the others hold. seen: bool [rows of a, rows of b], or empty: all.
Tensor dot_seen(const Tensor& seen, const Tensor& a, const Tensor& b);

/// y[..., i, :] = sum over the j with seen[i, j] of x[..., i, j] rows[..., j, :]; likewise.
Tensor sum_seen(const Tensor& seen, const Tensor& x, const Tensor& rows);

}  // namespace heed
