#pragma once

#include "../ops/index.h"
#include "../ops/random.h"
#include "../ops/sequences.h"
#include "parameter.h"

namespace heed::nn {

/// A learned vector for each position in its sequence: y[i, :] = weight[position of token i, :];  weight:
/// [longest, width], y: [tokens, width]. Gehring et al. 2017, arXiv:1705.03122, section 3.1.
struct LearnedPositions {
  Size longest, width;
  float deviation = 0.02f;
  Parameter weight = normal({longest, width}, 0, deviation);

  Tensor operator()(const Sequences& sequences) const {
    expect_at_most(*this, "the longest sequence", sequences.longest(), longest);
    return embedding(weight, sequences.positions());
  }
};

}  // namespace heed::nn
