#pragma once

#include "../graph/create.h"
#include "../ops/arithmetic.h"
#include "../ops/index.h"
#include "../ops/random.h"
#include "../ops/sequences.h"
#include "../ops/shape.h"
#include "expect.h"
#include "parameter.h"

namespace heed::nn {

/// While training, all rows of a sequence are 0 with the given probability, else divided by 1 - probability; y
/// otherwise. At the end of a residual branch, the sequence skips the branch. y: [tokens, width]. Huang et al. 2016,
/// arXiv:1603.09382, section 3, for each sequence by itself instead of for a batch.
struct StochasticDepth {
  float probability = 0.1f;
  Mode mode{};

  Tensor operator()(const Tensor& y, const Sequences& sequences) const;

  /// The probability of layer 0, 1, ..., depth - 1, which rises evenly to that of the last.
  static float of_layer(float last, int layer, Size depth) {
    return last * static_cast<float>(layer + 1) / static_cast<float>(depth.value);
  }
};

}  // namespace heed::nn
