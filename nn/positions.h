#pragma once

#include "../ops/index.h"
#include "../ops/sequences.h"
#include "expect.h"
#include "init.h"
#include "parameter.h"

namespace heed::nn {

/// How a model knows where a token stands: not at all (attention alone does not), by a learned vector added to its
/// embedding, by turning queries and keys inside attention, or by a vector of waves added to its embedding. The others
/// act inside attention too, by the distance of a query and a key (nn/relative_positions.h): rotary positions with
/// products that fall with the distance (xpos, for causal attention), biases that fall with it (alibi, learned_alibi),
/// a learned bias for each distance (clipped) or bucket of distances (buckets, and causal_buckets without any for keys
/// behind the query), learned vectors that are added to keys and values (shaw), or projected waves (transformer_xl).
enum class PositionKind {
  none,
  learned,
  rotary,
  sinusoidal,
  xpos,
  alibi,
  learned_alibi,
  clipped,
  buckets,
  causal_buckets,
  shaw,
  transformer_xl
};

/// A learned vector for each position in its sequence: y[i, :] = weight[position of token i, :];  weight:
/// [longest, width], y: [tokens, width]. Gehring et al. 2017, arXiv:1705.03122, section 3.1.
struct LearnedPositions {
  Size longest, width;
  float deviation = 0.02f;
  Parameter weight{{longest, width}, normal_with(deviation)};

  Tensor operator()(const Sequences& sequences) const {
    expect_usable(*this);
    expect_at_most(*this, "the longest sequence", sequences.longest(), longest);
    return embedding(weight, sequences.positions());
  }
  /// At positions of any tokens: int64 [tokens].
  Tensor operator()(const Tensor& positions) const {
    expect_usable(*this);
    return embedding(weight, positions);
  }
};

/// A vector of waves for each position p: at every feature i, an angle a = p base^(-2 floor(i / 2) / width),
///   y[p, i] = sin a for even i, cos a for odd i
///   positions: [tokens] of int64, not negative;  y: [tokens, width], float32 or float64
/// Nothing is learned, and no position is too late. Vaswani et al. 2017, arXiv:1706.03762, section 3.5.
struct SinusoidalPositions {
  Size width;
  float base = 10000;

  Tensor operator()(const Tensor& positions, DType dtype = float32) const;
  Tensor operator()(const Sequences& sequences, DType dtype = float32) const {
    return (*this)(sequences.positions(), dtype);
  }
  void check() const { expect_at_least(*this, 0, width); }
};

}  // namespace heed::nn
