// Ops that are the identity forward and change the gradient backward.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// Stops the gradient: y = x,  dx = 0. The same as x.detach().
Tensor stop_gradient(const Tensor& x);

/// Scales the gradient: y = x,  dx = factor * dy. Second derivatives are those of the scaled gradient.
Tensor scale_gradient(const Tensor& x, double factor);

/// Gradient reversal: y = x,  dx = -factor * dy. Layers before x learn to increase the loss after it.
/// Ganin and Lempitsky 2015, arXiv:1409.7495, section 3.1; factor is their lambda.
Tensor reverse_gradient(const Tensor& x, double factor = 1);

}  // namespace heed
