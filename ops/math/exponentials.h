// Elementwise exponentials and logarithms. float32 and float64, any shape; y has the shape of x. The logarithm of a
// negative number is NaN, that of 0 is -infinity.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Exponential function:  y = e^x, within 2 ulp in float32 and 1 in float64. In float32, subnormal results are 0.
Tensor exp(const Tensor& x);
/// Natural logarithm:  y = ln x, within 2 ulp in float32 and 1 in float64; NaN below 0.
Tensor log(const Tensor& x);

/// Power of two:  y = 2^x, within 1 ulp.
Tensor exp2(const Tensor& x);
/// Exponential minus one:  y = e^x - 1, within 3 ulp in float32 and 1 in float64, near 0 too.
Tensor expm1(const Tensor& x);
/// Logarithm of one plus x:  y = ln(1 + x), within 4 ulp in float32 and 1 in float64, near 0 too.
Tensor log1p(const Tensor& x);
/// Binary logarithm:  y = ln x / ln 2, within 1 ulp.
Tensor log2(const Tensor& x);
/// Decimal logarithm:  y = ln x / ln 10, within 2 ulp.
Tensor log10(const Tensor& x);

}  // namespace heed
