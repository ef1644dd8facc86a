// Elementary functions and the commonest activations, element by element; more are in exponentials.h, powers.h,
// trigonometry.h and activations.h. float32 and float64, any shape; y has the shape of x.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// y = |x|; its derivative at 0 is taken as 0. Integers too.
Tensor abs(const Tensor& x);
/// y = -1, 0 or 1, as x is negative, 0 or NaN, or positive; its derivative is 0. Integers too.
Tensor sign(const Tensor& x);
/// y = e^x, within 2 ulp in float32 and 1 in float64; in float32, results under the least normal number are 0
Tensor exp(const Tensor& x);
/// y = ln x, within 2 ulp in float32 and 1 in float64; NaN below 0
Tensor log(const Tensor& x);
/// y = x^(1/2); NaN below 0
Tensor sqrt(const Tensor& x);
/// y = (e^x - e^-x) / (e^x + e^-x)
Tensor tanh(const Tensor& x);
/// y = 1 / (1 + e^-x)
Tensor sigmoid(const Tensor& x);
/// y = max(x, 0); its derivative at 0 is taken as 0
Tensor relu(const Tensor& x);
/// y = x Phi(x), Phi the distribution function of the normal distribution: (1 + erf(x / sqrt 2)) / 2.
/// Hendrycks and Gimpel 2016, arXiv:1606.08415.
Tensor gelu(const Tensor& x);
/// y = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, the approximation from section 2 of the same paper.
Tensor gelu_tanh(const Tensor& x);
/// y = erf x, 2 / sqrt(pi) times the integral of e^-t^2 from 0 to x
Tensor erf(const Tensor& x);
/// y = 1 - erf x, without cancellation where erf x is near 1
Tensor erfc(const Tensor& x);

}  // namespace heed
