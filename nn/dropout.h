#pragma once

#include "../ops/random.h"
#include "parameter.h"

namespace heed::nn {

/// While training, each element is 0 with the given probability, else divided by 1 - probability; x otherwise.
/// Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting".
struct Dropout {
  float probability = 0.1f;
  Mode mode{};

  Tensor operator()(const Tensor& x) const;
};

}  // namespace heed::nn
