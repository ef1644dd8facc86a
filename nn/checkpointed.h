// Layers that are computed once more for their gradient, instead of keeping what it needs.
#pragma once

#include "../autodiff/checkpoint.h"
#include "fields.h"

namespace heed::nn {

/// layer(x, arguments...) with the same values and gradients, of which only x, the arguments and the layer (sharing its
/// parameters) are kept: see heed::checkpoint. Taps collect once. Not for a layer that computes with its own address.
///   Tensor y = nn::checkpointed(model.layers[3], x, sequences);
template <fields::Layer Layer, class... Arguments>
Tensor checkpointed(const Layer& layer, const Tensor& x, const Arguments&... arguments) {
  // The first call is on the layer itself, whose address taps look for; the second on a copy, which cannot be gone.
  return checkpoint(
      [first = &layer, kept = layer, arguments...](const Tensor& input) -> Tensor {
        return is_recomputing() ? kept(input, arguments...) : (*first)(input, arguments...);
      },
      {x});
}

/// Call policy of a Stack: layers are called as they are.
struct Directly {
  using is_policy = void;
  template <class Layer, class... Arguments>
  Tensor operator()(const Layer& layer, const Tensor& x, const Arguments&... arguments) const {
    return layer(x, arguments...);
  }
};

/// Call policy of a Stack: layers are checkpointed.
struct Recomputed {
  using is_policy = void;
  template <class Layer, class... Arguments>
  Tensor operator()(const Layer& layer, const Tensor& x, const Arguments&... arguments) const {
    return checkpointed(layer, x, arguments...);
  }
};

}  // namespace heed::nn
