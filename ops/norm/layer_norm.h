// Layer normalisation. float32 and float64.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Layer normalisation:  y = scale (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon) + bias, means over the last
/// axis.
///   x, y: [..., width];  scale, bias: [width], or empty Tensors: 1 and 0.
/// Ba, Kiros and Hinton 2016, arXiv:1607.06450.
Tensor layer_norm(const Tensor& x, const Tensor& scale = {}, const Tensor& bias = {}, double epsilon = 1e-5);

}  // namespace heed
