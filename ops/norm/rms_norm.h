// RMS normalisation. float32 and float64.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Root mean square normalisation:  y = scale x / sqrt(mean(x^2) + epsilon), the mean over the last axis.
///   x, y: [..., width];  scale: [width], or an empty Tensor: 1.
/// Zhang and Sennrich 2019, arXiv:1910.07467, section 4. Unlike layer_norm it subtracts no mean.
Tensor rms_norm(const Tensor& x, const Tensor& scale = {}, double epsilon = 1e-5);

}  // namespace heed
