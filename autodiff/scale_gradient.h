// Functions that change nothing on the way forward, but the gradient on the way back.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// y = x, and no gradient goes back: x.detach(), as a function.
Tensor stop_gradient(const Tensor& x);

/// y = x,  dx = factor * dy. The second derivative is that of the changed gradient.
Tensor scale_gradient(const Tensor& x, double factor);

/// y = x,  dx = -factor * dy: what lies before x learns to make the loss after it larger.
/// Ganin and Lempitsky 2015, arXiv:1409.7495, section 3.1: the gradient reversal layer; factor is their lambda.
Tensor reverse_gradient(const Tensor& x, double factor = 1);

}  // namespace heed
