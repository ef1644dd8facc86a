// A layer whose matrix products have a precision of their own.
#pragma once

#include <utility>

#include "../ops/precision.h"
#include "fields.h"

namespace heed::nn {

/// y = layer(x, ...), whose matrix products, and those of its gradient, take their operands in `operands`: bfloat16
/// unless said otherwise, or float32 for a part that must stay exact inside a scope of bfloat16 (ops/precision.h).
///   nn::WithPrecision<nn::Linear> up{.layer = {.in = 256, .out = 1024}};
/// In a Stack, .call = nn::InBfloat16{} does it for all layers and changes no parameter's name.
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

/// Call policy of a Stack: matrix products in bfloat16.
struct InBfloat16 {
  using is_policy = void;
  template <class Layer, class... Arguments>
  Tensor operator()(const Layer& layer, const Tensor& x, const Arguments&... arguments) const {
    const PrecisionScope scope = precision(bfloat16);
    return layer(x, arguments...);
  }
};

}  // namespace heed::nn
