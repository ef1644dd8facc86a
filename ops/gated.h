// Gated linear units: one tensor decides how much of another goes through. Dauphin et al. 2016, arXiv:1612.08083;
// Shazeer 2020, arXiv:2002.05202, section 2. float32 and float64; gate, up and y have one shape.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// y = silu(gate) * up = gate sigmoid(gate) up
Tensor swiglu(const Tensor& gate, const Tensor& up);
/// y = gelu(gate) * up, gelu with erf
Tensor geglu(const Tensor& gate, const Tensor& up);
/// y = relu(gate) * up
Tensor reglu(const Tensor& gate, const Tensor& up);
/// y = a * sigmoid(b), where a and b are the first and the second half of x along the axis:  [..., 2 width] -> [...,
/// width].
Tensor glu(const Tensor& x, int axis = -1);

}  // namespace heed
