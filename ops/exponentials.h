// Exponentials and logarithms beside exp and log, element by element. float32 and float64, any shape; y has the shape
// of x. Logarithms of negative numbers are NaN, of 0 -infinity.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// y = 2^x, within 1 ulp
Tensor exp2(const Tensor& x);
/// y = e^x - 1, near 0 too within 3 ulp in float32 and 1 in float64
Tensor expm1(const Tensor& x);
/// y = ln(1 + x), near 0 too within 4 ulp in float32 and 1 in float64
Tensor log1p(const Tensor& x);
/// y = ln x / ln 2, within 1 ulp
Tensor log2(const Tensor& x);
/// y = ln x / ln 10, within 2 ulp
Tensor log10(const Tensor& x);

}  // namespace heed
