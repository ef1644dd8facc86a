// Stack of layers.
#pragma once

#include <type_traits>
#include <utility>
#include <vector>

#include "../attention/attention_inputs.h"
#include "../fields/given.h"
#include "../fields/repeat.h"
#include "checkpointed.h"
#include "norm.h"
#include "with_precision.h"

namespace heed::nn {

/// No norm: y = x.
struct NoNorm {
  Tensor operator()(const Tensor& x) const { return x; }
};

namespace detail {
template <class Positions>
void add_positions(const Positions& positions, AttentionOptions& options, DType dtype) {
  if constexpr (fields::detail::is_one_of<Positions>) {
    std::visit([&](const auto& one) { one.add_to(options, dtype); }, positions.variant());
  } else {
    positions.add_to(options, dtype);
  }
}
}  // namespace detail

/// Stack of layers, called in order, with an optional final norm:  x, y: [tokens, width]. The layers are of one type,
/// which may be a OneOf; each is called with (x, pass).
///   auto layer = [](int) { return nn::EncoderLayer{.attention = ..., .feed_forward = ...}; };
///   auto stack = nn::Stack{.layers = nn::repeat(6, layer), .norm = nn::LayerNorm{.width = 64}};
/// - repeats: number of times that each layer is called in a row, with shared weights (ALBERT: Lan et al. 2019,
///   arXiv:1909.11942, section 3.1).
/// - positions: relative positions shared by all layers, as in T5: DistanceBuckets and others with add_to
///   (relative_positions.h).
/// - call: nn::CheckpointedCall{} is activation checkpointing, which saves memory and takes longer; nn::Bfloat16Call{}
/// computes
///   matrix products in bfloat16. It is not part of the model's JSON.
/// The output of pre-norm layers is not normalised, so that a final norm should follow them (residual.h).
template <class Layer, class Norm = NoNorm, class Positions = NoPositions, class Call = PlainCall>
struct Stack {
  static_assert(CalledWithPass<Layer>,
                "a layer of a Stack is called with (x, pass): it must have Tensor operator()(const Tensor& x, const "
                "nn::Pass& pass) const");
  static_assert(CalledWithTensor<Norm>,
                "the norm of a Stack is called with (x): it must have Tensor operator()(const Tensor& x) const");

  Size repeats = 1;
  std::vector<Layer> layers;
  Norm norm = of_width<Norm>(width_of(layers));
  Positions positions = of_width<Positions>(width_of(layers));
  Call call{};

  Tensor operator()(Tensor x, const Pass& pass) const {
    expect_usable(*this);
    if constexpr (std::is_same_v<Positions, NoPositions>) {
      return norm(call_layers(std::move(x), pass));
    } else {
      Pass with_positions = pass;
      detail::add_positions(positions, with_positions.options, x.dtype());
      return norm(call_layers(std::move(x), with_positions));
    }
  }
  Tensor call_layers(Tensor x, const Pass& pass) const {
    for (const Layer& layer : layers)
      for (int i = 0; i < repeats; ++i) x = call(layer, x, pass);
    return x;
  }

  void check() const { expect_at_least(*this, 1, repeats); }
};

/// Returns the final norm for a stack of such layers: Norm if they need one (needs_final_norm), else NoNorm.
template <class Layer, class Norm = LayerNorm>
auto final_norm(Size width, float epsilon = 1e-5f) {
  if constexpr (requires { requires Layer::needs_final_norm; }) {
    return Norm{.width = width, .epsilon = epsilon};
  } else {
    return NoNorm{};
  }
}

}  // namespace heed::nn
