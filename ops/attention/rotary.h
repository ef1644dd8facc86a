// Rotary position embeddings.
#pragma once

#include "../../graph/tensor.h"
#include "rotary_frequencies.h"

namespace heed {

/// Rotary position embedding (RoPE): rotates each pair of features by an angle proportional to the token's position.
/// For i < width / 2, with the angle a = position * base^(-2 i / width),
///   y[i] = x[i] cos a - x[i + width / 2] sin a,   y[i + width / 2] = x[i + width / 2] cos a + x[i] sin a
/// so that the dot product of a rotated query and a rotated key depends on their distance alone.
///   x, y: [tokens, heads, width], width even;  positions: [tokens] of int64, not negative.  float32 and float64.
/// Su et al. 2021, arXiv:2104.09864, with pairs from the two halves of a head, as in Llama's and Hugging Face's models.
Tensor rotary(const Tensor& x, const Tensor& positions, double base = 10000);

/// Layout of n pairs: pair i has the features i and n + i (halves), or 2 i and 2 i + 1 (interleaved), as in the paper
/// and in GPT-J. A model trained with one needs its query and key weights reordered for the other.
enum class RotaryPairs { halves, interleaved };

/// RoPE with n given frequencies (rotary_frequencies.h), which rotate the first 2 n features; the others are unchanged.
/// With the angle a = position * frequency[i], s = factor * growth[i]^position and pair i = (b, c):
///   y[b] = s (x[b] cos a - x[c] sin a),   y[c] = s (x[c] cos a + x[b] sin a)
Tensor rotary(const Tensor& x, const Tensor& positions, const RotaryFrequencies& frequencies,
              RotaryPairs pairs = RotaryPairs::halves);

}  // namespace heed
