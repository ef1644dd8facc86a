// Elementwise elementary functions and the most common activations; more are in exponentials.h, powers.h,
// trigonometry.h and activations.h. float32 and float64, any shape; y has the shape of x.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Absolute value:  y = |x|. The derivative at 0 is 0. Integers too.
Tensor abs(const Tensor& x);
/// Sign:  y = -1 for x < 0, 1 for x > 0, 0 for 0 and NaN. The derivative is 0. Integers too.
Tensor sign(const Tensor& x);
/// Exponential function:  y = e^x, within 2 ulp in float32 and 1 in float64. In float32, subnormal results are 0.
Tensor exp(const Tensor& x);
/// Natural logarithm:  y = ln x, within 2 ulp in float32 and 1 in float64; NaN below 0.
Tensor log(const Tensor& x);
/// Square root:  y = x^(1/2); NaN below 0.
Tensor sqrt(const Tensor& x);
/// Hyperbolic tangent:  y = (e^x - e^-x) / (e^x + e^-x).
Tensor tanh(const Tensor& x);
/// Logistic sigmoid:  y = 1 / (1 + e^-x).
Tensor sigmoid(const Tensor& x);
/// Rectified linear unit (ReLU):  y = max(x, 0). The derivative at 0 is 0.
Tensor relu(const Tensor& x);
/// Gaussian error linear unit (GELU):  y = x Phi(x), Phi(x) = (1 + erf(x / sqrt 2)) / 2, the normal distribution
/// function.
/// Hendrycks and Gimpel 2016, arXiv:1606.08415.
Tensor gelu(const Tensor& x);
/// GELU's tanh approximation:  y = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, section 2 of the same paper.
Tensor gelu_tanh(const Tensor& x);
/// Error function:  y = erf x, 2 / sqrt(pi) times the integral of e^-t^2 from 0 to x.
Tensor erf(const Tensor& x);
/// Complementary error function:  y = 1 - erf x, without cancellation where erf x is near 1.
Tensor erfc(const Tensor& x);

}  // namespace heed
