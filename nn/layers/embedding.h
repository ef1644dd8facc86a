// Embedding layer.
#pragma once

#include "../../ops/index/gather_rows.h"
#include "../fields/expect.h"
#include "../fields/init.h"
#include "../fields/parameter.h"

namespace heed::nn {

/// Embedding: a learned vector for each of `count` tokens, y[..., :] = weight[token[...], :];  tokens: int64 [...],
/// weight: [count, width], y: [..., width]. The weight is initialised from a normal distribution with standard
/// deviation `stddev`.
struct Embedding {
  Size count, width;
  float stddev = 0.02f;
  Parameter weight{{count, width}, normal_with(stddev)};

  Tensor operator()(const Tensor& tokens) const;
};

}  // namespace heed::nn
