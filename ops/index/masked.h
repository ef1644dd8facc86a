// Elements selected by a mask: bool, broadcast to the shape of x.
#pragma once

#include "../../graph/number.h"
#include "../../graph/tensor.h"

namespace heed {

/// Indices of the nonzero (or true) elements of x, in row-major order:  int64 [count, rank of x].
Tensor nonzero(const Tensor& x);

/// Elements of x where the mask is true, in row-major order:  [count].  x may be broadcast to the mask's shape too.
Tensor masked_select(const Tensor& x, const Tensor& mask);

/// Returns value where the mask is true, else x.
Tensor masked_fill(const Tensor& x, const Tensor& mask, Number value);
/// masked_fill with a tensor: value has the shape [] and x's dtype, and a gradient.
Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value);

/// Returns x with the elements where the mask is true replaced by the first elements of values, in row-major order.
Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& values);

}  // namespace heed
