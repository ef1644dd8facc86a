// Elementwise error function. float32 and float64, any shape; y has the shape of x.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Error function:  y = erf x, 2 / sqrt(pi) times the integral of e^-t^2 from 0 to x.
Tensor erf(const Tensor& x);
/// Complementary error function:  y = 1 - erf x, without cancellation where erf x is near 1.
Tensor erfc(const Tensor& x);

}  // namespace heed
