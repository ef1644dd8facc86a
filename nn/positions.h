#pragma once

#include "../ops/index.h"
#include "../ops/random.h"
#include "../ops/sequences.h"
#include "expect.h"
#include "parameter.h"

namespace heed::nn {

/// How a model knows where a token stands: not at all (attention alone does not), by a learned vector added to its
/// embedding, or by turning queries and keys inside attention.
enum class PositionKind { none, learned, rotary };

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
