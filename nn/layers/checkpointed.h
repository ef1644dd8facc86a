// Activation checkpointing of layers: activations are recomputed in the backward pass instead of stored.
#pragma once

#include "../../autodiff/checkpoint.h"
#include "../fields/fields.h"

namespace heed::nn {

/// Activation checkpointing: computes layer(x, arguments...) with the same values and gradients, but stores only x, the
/// arguments and the layer (which shares its parameters), see heed::checkpoint. Taps collect values of the first call
/// alone. The layer must not depend on its own address.
///   Tensor y = nn::checkpointed(model.layers[3], x, sequences);
template <fields::Layer Layer, class... Arguments>
Tensor checkpointed(const Layer& layer, const Tensor& x, const Arguments&... arguments) {
  // The first call uses the layer itself, by whose address taps find it; the recomputation a copy, which stays alive.
  return checkpoint(
      [first = &layer, kept = layer, arguments...](const Tensor& input) -> Tensor {
        return is_recomputing() ? kept(input, arguments...) : (*first)(input, arguments...);
      },
      {x});
}

/// Call policy of a Stack: calls layers without checkpointing.
struct PlainCall {
  using is_policy = void;
  template <class Layer, class... Arguments>
  Tensor operator()(const Layer& layer, const Tensor& x, const Arguments&... arguments) const {
    return layer(x, arguments...);
  }
};

/// Call policy of a Stack: checkpoints each layer.
struct CheckpointedCall {
  using is_policy = void;
  template <class Layer, class... Arguments>
  Tensor operator()(const Layer& layer, const Tensor& x, const Arguments&... arguments) const {
    return checkpointed(layer, x, arguments...);
  }
};

}  // namespace heed::nn
