// Gated linear units: products of a tensor and an activated gate. Dauphin et al. 2016, arXiv:1612.08083; Shazeer
// 2020, arXiv:2002.05202, section 2. float32 and float64; gate, up and y have the same shape.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// SwiGLU:  y = silu(gate) * up.
Tensor swiglu(const Tensor& gate, const Tensor& up);
/// GEGLU:  y = gelu(gate) * up, with the exact (erf) gelu.
Tensor geglu(const Tensor& gate, const Tensor& up);
/// ReGLU:  y = relu(gate) * up.
Tensor reglu(const Tensor& gate, const Tensor& up);
/// GLU:  y = a * sigmoid(b), where a and b are the first and the second half of x along the axis:  [..., 2 width] ->
/// [..., width].
Tensor glu(const Tensor& x, int axis = -1);

}  // namespace heed
