// Positions as rotations.
#pragma once

#include "../graph/tensor.h"
#include "rotary_frequencies.h"

namespace heed {

/// Turns each pair of features by an angle that grows with the token's position: for i < width / 2, with the angle
/// a = position * base^(-2 i / width),
///   y[i] = x[i] cos a - x[i + width / 2] sin a,   y[i + width / 2] = x[i + width / 2] cos a + x[i] sin a
/// so that the product of a turned query and a turned key depends on their distance alone.
///   x, y: [tokens, heads, width], width even;  positions: [tokens] of int64, not negative.  float32 and float64.
/// Su et al. 2021, arXiv:2104.09864, with the halves of a head as pairs, as in Llama's and Hugging Face's models.
Tensor rotary(const Tensor& x, const Tensor& positions, double base = 10000);

/// Which two features pair i is, of n pairs: i and n + i, or 2 i and 2 i + 1, as in the paper and in GPT-J. A model
/// that was trained with one needs its query and key weights reordered for the other.
enum class RotaryPairs { halves, neighbours };

/// The same with n frequencies of any kind (rotary_frequencies.h), which turn the first 2 n features; those behind them
/// stay as they are. With the angle a = position * frequency[i], s = factor * growth[i]^position and pair i = (b, c):
///   y[b] = s (x[b] cos a - x[c] sin a),   y[c] = s (x[c] cos a + x[b] sin a)
Tensor rotary(const Tensor& x, const Tensor& positions, const RotaryFrequencies& frequencies,
              RotaryPairs pairs = RotaryPairs::halves);

}  // namespace heed
