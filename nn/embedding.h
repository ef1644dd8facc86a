#pragma once

#include "../ops/index.h"
#include "expect.h"
#include "init.h"
#include "parameter.h"

namespace heed::nn {

/// A vector for each of `count` tokens: y[..., :] = weight[token[...], :];  tokens: [...] of int64, weight:
/// [count, width], y: [..., width]. The vectors begin normal with deviation `deviation`.
struct Embedding {
  Size count, width;
  float deviation = 0.02f;
  Parameter weight{{count, width}, normal_with(deviation)};

  Tensor operator()(const Tensor& tokens) const;
};

}  // namespace heed::nn
