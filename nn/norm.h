#pragma once

#include "../graph/create.h"
#include "../ops/norm.h"
#include "expect.h"
#include "parameter.h"

namespace heed::nn {

/// Gives each vector mean 0 and deviation 1, then scales and shifts each feature by learned amounts.
///   y = g (x - mean(x)) / sqrt(variance(x) + epsilon) + b,  g = scale, b = bias;  x, y: [..., width], g, b: [width]
/// Ba, Kiros and Hinton 2016, arXiv:1607.06450.
struct LayerNorm {
  Size width;
  float epsilon = 1e-5f;
  Parameter scale = ones({width});
  Parameter bias = zeros({width});

  Tensor operator()(const Tensor& x) const {
    expect_last_axis(*this, x, width);
    return layer_norm(x, scale, bias, epsilon);
  }
};

/// A norm of any type for a template argument: with this epsilon, if it has one.
template <class Norm>
Norm make_norm(Size width, float epsilon) {
  if constexpr (requires { Norm{.width = width, .epsilon = epsilon}; }) {
    return Norm{.width = width, .epsilon = epsilon};
  } else {
    return Norm{.width = width};
  }
}

}  // namespace heed::nn
