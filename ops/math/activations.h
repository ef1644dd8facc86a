// Elementwise activation functions; tanh is in trigonometry.h, softmax in softmax.h. float32 and float64, any shape; y
// has the shape of x. At a kink the derivative is the left one, unless another is stated.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Rectified linear unit (ReLU):  y = max(x, 0). The derivative at 0 is 0.
Tensor relu(const Tensor& x);
/// Logistic sigmoid:  y = 1 / (1 + e^-x).
Tensor sigmoid(const Tensor& x);
/// Gaussian error linear unit (GELU):  y = x Phi(x), Phi(x) = (1 + erf(x / sqrt 2)) / 2, the normal distribution
/// function.
/// Hendrycks and Gimpel 2016, arXiv:1606.08415.
Tensor gelu(const Tensor& x);
/// GELU's tanh approximation:  y = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, section 2 of the same paper.
Tensor gelu_tanh(const Tensor& x);

/// SiLU, also called swish:  y = x sigmoid(x) = x / (1 + e^-x). Ramachandran et al. 2017, arXiv:1710.05941.
Tensor silu(const Tensor& x);
/// Softplus:  y = ln(1 + e^(beta x)) / beta, without overflow and without a threshold.
Tensor softplus(const Tensor& x, double beta = 1);
/// Logarithm of the sigmoid:  y = -ln(1 + e^-x).
Tensor log_sigmoid(const Tensor& x);
/// Mish:  y = x tanh(ln(1 + e^x)). Misra 2019, arXiv:1908.08681.
Tensor mish(const Tensor& x);

/// Exponential linear unit (ELU):  y = x for x > 0, else alpha (e^x - 1). Clevert et al. 2015, arXiv:1511.07289.
Tensor elu(const Tensor& x, double alpha = 1);
/// Scaled exponential linear unit (SELU):  y = 1.0507... elu(x, 1.6732...), with the constants that keep mean 0 and
/// variance 1. Klambauer et al. 2017, arXiv:1706.02515, section 2.
Tensor selu(const Tensor& x);

/// Leaky ReLU:  y = x for x > 0, else slope x.
Tensor leaky_relu(const Tensor& x, double slope = 0.01);
/// Squared ReLU:  y = max(x, 0)^2. So et al. 2021, arXiv:2109.08668, section 3.
Tensor squared_relu(const Tensor& x);
/// ReLU6:  y = min(max(x, 0), 6). The derivative at 0 and 6 is 0.
Tensor relu6(const Tensor& x);
/// Hard tanh:  y = min(max(x, low), high), low < high. The derivative at low and high is 0.
Tensor hard_tanh(const Tensor& x, double low = -1, double high = 1);
/// Hard sigmoid:  y = min(max(x / 6 + 1/2, 0), 1). The derivative at -3 and 3 is 0.
Tensor hard_sigmoid(const Tensor& x);
/// Hard swish:  y = x hard_sigmoid(x), with the derivative that follows. Howard et al. 2019, arXiv:1905.02244, section
/// 5.2.
Tensor hard_swish(const Tensor& x);

}  // namespace heed
