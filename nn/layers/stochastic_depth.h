// Stochastic depth.
#pragma once

#include "../../graph/create.h"
#include "../../ops/index/gather_rows.h"
#include "../../ops/math/arithmetic.h"
#include "../../ops/random/random.h"
#include "../../ops/sequences/sequences.h"
#include "../../ops/shape/shape.h"
#include "../fields/expect.h"
#include "../fields/parameter.h"

namespace heed::nn {

/// Stochastic depth (DropPath): in training, zeroes all rows of a sequence with the given probability and divides those
/// of the others by 1 - probability; the identity in evaluation. Applied to the output of a residual branch, it skips
/// the branch. y: [tokens, width]. Huang et al. 2016, arXiv:1603.09382, section 3, with a draw for each sequence
/// instead of each batch.
struct StochasticDepth {
  float probability = 0.1f;
  Mode mode{};

  Tensor operator()(const Tensor& y, const Sequences& sequences) const;

  /// Returns the probability of layer 0, 1, ..., depth - 1, which increases linearly to `last`.
  static float of_layer(float last, int layer, Size depth) {
    return last * static_cast<float>(layer + 1) / static_cast<float>(depth.value);
  }
};

}  // namespace heed::nn
