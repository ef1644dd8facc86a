// Positions as rotations.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// Turns each pair of features by an angle that grows with the token's position: for i < width / 2, with the angle
/// a = position * base^(-2 i / width),
///   y[i] = x[i] cos a - x[i + width / 2] sin a,   y[i + width / 2] = x[i + width / 2] cos a + x[i] sin a
/// so that the product of a turned query and a turned key depends on their distance alone.
///   x, y: [tokens, heads, width], width even;  positions: [tokens] of int64, not negative.  float32 and float64.
/// Su et al. 2021, arXiv:2104.09864, with the halves of a head as pairs, as in Llama's and Hugging Face's models.
Tensor rotary(const Tensor& x, const Tensor& positions, double base = 10000);

}  // namespace heed
