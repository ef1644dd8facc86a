// Dropout layer.
#pragma once

#include "../../ops/random/random.h"
#include "../fields/parameter.h"

namespace heed::nn {

/// Dropout: in training, zeroes each element with the given probability and divides the others by 1 - probability; the
/// identity in evaluation. Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".
struct Dropout {
  float probability = 0.1f;
  Mode mode{};

  Tensor operator()(const Tensor& x) const;
};

}  // namespace heed::nn
