// Elements chosen by a mask: bool, repeated to the shape of x as in arithmetic.
#pragma once

#include "../graph/number.h"
#include "../graph/tensor.h"

namespace heed {

/// The places where x is not 0 (or true), in row-major order:  int64 [count, axes of x].
Tensor nonzero(const Tensor& x);

/// The elements of x where the mask is true, in row-major order:  [count].  x may be repeated to the mask's shape too.
Tensor masked_select(const Tensor& x, const Tensor& mask);

/// y = mask ? value : x.
Tensor masked_fill(const Tensor& x, const Tensor& mask, Number value);
/// The same; value has the shape [] and x's dtype, and a gradient.
Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value);

/// y = x, with the elements where the mask is true replaced by the first ones of values, both in row-major order.
Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& values);

}  // namespace heed
