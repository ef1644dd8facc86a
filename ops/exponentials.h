// Exponentials and logarithms beside exp and log, element by element. float32 and float64, any shape; y has the shape
// of x. Logarithms of negative numbers are NaN, of 0 -infinity.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// y = 2^x
Tensor exp2(const Tensor& x);
/// y = e^x - 1, exact to rounding near 0 too
Tensor expm1(const Tensor& x);
/// y = ln(1 + x), exact to rounding near 0 too
Tensor log1p(const Tensor& x);
/// y = ln x / ln 2
Tensor log2(const Tensor& x);
/// y = ln x / ln 10
Tensor log10(const Tensor& x);

}  // namespace heed
