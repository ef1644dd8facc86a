// Layers with a given precision of matrix products.
#pragma once

#include <utility>

#include "../../ops/linalg/precision.h"
#include "../fields/fields.h"

namespace heed::nn {

/// Computes y = layer(x, ...) with the operands of matrix products, also of the gradient's, converted to the dtype
/// `operands`: bfloat16 by default, or float32 for a layer that must stay exact inside a bfloat16 scope
/// (ops/linalg/precision.h).
///   nn::WithPrecision<nn::Linear> up{.layer = {.in = 256, .out = 1024}};
/// In a Stack, .call = nn::Bfloat16Call{} does this for all layers without changing parameter paths.
template <fields::Layer Layer>
struct WithPrecision {
  DType operands = bfloat16;
  Layer layer;

  template <class... Arguments>
  auto operator()(Arguments&&... arguments) const {
    const PrecisionScope scope = precision(operands);
    return layer(std::forward<Arguments>(arguments)...);
  }
};

/// Call policy of a Stack: computes matrix products in bfloat16.
struct Bfloat16Call {
  using is_policy = void;
  template <class Layer, class... Arguments>
  Tensor operator()(const Layer& layer, const Tensor& x, const Arguments&... arguments) const {
    const PrecisionScope scope = precision(bfloat16);
    return layer(x, arguments...);
  }
};

}  // namespace heed::nn
