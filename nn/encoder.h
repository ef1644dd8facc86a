#pragma once

#include "attention.h"
#include "checkpointed.h"
#include "dropout.h"
#include "feed_forward.h"
#include "repeat.h"
#include "residual.h"
#include "stack.h"
#include "stochastic_depth.h"

namespace heed::nn {

/// One layer of a transformer's encoder: self-attention, then the feed-forward part, each in a residual connection.
/// x, y: [tokens, width]. With options {.mask = causal()} it is a layer of a decoder-only language model.
/// Vaswani et al. 2017, arXiv:1706.03762, section 3.1. To try a variant, swap a template argument: an attention needs
/// the fields width and heads, and gets dropout, positions and key_heads if it has them, or is a recipe
/// (make_attention); a norm needs width, and gets epsilon; Residual is how a sublayer and its norm are added to x
/// (nn/residual.h), of which PlacedNorm alone asks for the placement, DeepNorm alone for its alpha.
template <class Attention = MultiHeadAttention, class Hidden = FeedForward, class Norm = LayerNorm,
          template <class> class Residual = PlacedNorm>
struct EncoderLayer {
  using StackNorm = Norm;  // of the norm that may follow the last layer

  Size width, heads;
  float dropout = 0, attention_dropout = dropout;
  NormPlacement placement = NormPlacement::before;
  PositionKind positions = PositionKind::none;
  float rotary_base = 10000, epsilon = 1e-5f;
  Size key_heads = heads;
  float stochastic_depth = 0, deep_norm_alpha = 1;
  MadeAttention<Attention> attention = make_attention<Attention>({.width = width,
                                                                  .heads = heads,
                                                                  .key_heads = key_heads,
                                                                  .dropout = attention_dropout,
                                                                  .positions = positions,
                                                                  .rotary_base = rotary_base});
  Hidden feed_forward = Hidden{.width = width};
  Residual<Norm> attention_residual = make_residual<Residual<Norm>>({width, placement, epsilon, deep_norm_alpha}),
                 feed_forward_residual = make_residual<Residual<Norm>>({width, placement, epsilon, deep_norm_alpha});
  Dropout hidden_dropout = Dropout{.probability = dropout};
  StochasticDepth skipping = StochasticDepth{.probability = stochastic_depth};

  Tensor operator()(const Tensor& x, const Sequences& sequences, const AttentionOptions& options = {}) const {
    expect_usable(*this);
    const Tensor mixed =
        attention_residual(x, [&](const Tensor& h) { return branch(attention(h, sequences, options), sequences); });
    return feed_forward_residual(mixed, [&](const Tensor& h) { return branch(feed_forward(h), sequences); });
  }

  /// The same of new tokens at these positions, int64 [tokens], which read those that the cache holds and themselves.
  Tensor next(KeyValueCache& cache, const Tensor& x, const Tensor& of_tokens, const Sequences& sequences,
              const AttentionOptions& options = {}) const {
    const Tensor mixed = attention_residual(x, [&](const Tensor& h) {
      attention.remember(cache, h, of_tokens, sequences);
      return branch(attention.recall(cache, h, of_tokens, sequences, options), sequences);
    });
    return feed_forward_residual(mixed, [&](const Tensor& h) { return branch(feed_forward(h), sequences); });
  }

  /// The end of a residual branch.
  Tensor branch(const Tensor& y, const Sequences& sequences) const { return skipping(hidden_dropout(y), sequences); }
};

/// A stack of layers; x, y: [tokens, width]. With the normalisation before each sublayer, one more follows at the end.
/// Call says how a layer is called: Encoder<EncoderLayer<>, Recomputed> keeps less for the gradient and takes longer.
/// stochastic_depth is the probability of the last layer, which the others rise to evenly. With fewer groups than
/// layers, depth / groups layers in a row are one, with one set of weights: Lan et al. 2019, arXiv:1909.11942, section
/// 3.1, have one group.
template <class Layer = EncoderLayer<>, class Call = Directly>
struct Encoder {
  using Residual = decltype(Layer::attention_residual);
  using Norm = typename Layer::StackNorm;

  Size width, heads, depth;
  float dropout = 0, attention_dropout = dropout;
  NormPlacement placement = NormPlacement::before;
  PositionKind positions = PositionKind::none;
  float rotary_base = 10000, epsilon = 1e-5f;
  Size key_heads = heads;
  float stochastic_depth = 0;
  Size groups = depth;
  float deep_norm_alpha = alpha_for<Residual>(deep_norm_scales(2 * depth));
  std::vector<Layer> layers = repeat(groups, [&](int i) {
    return Layer{.width = width,
                 .heads = heads,
                 .dropout = dropout,
                 .attention_dropout = attention_dropout,
                 .placement = placement,
                 .positions = positions,
                 .rotary_base = rotary_base,
                 .epsilon = epsilon,
                 .key_heads = key_heads,
                 .stochastic_depth = StochasticDepth::of_layer(stochastic_depth, i, groups),
                 .deep_norm_alpha = deep_norm_alpha};
  });
  std::optional<Norm> norm = when(Residual::leaves_sums(placement), [&] { return make_norm<Norm>(width, epsilon); });

  Tensor operator()(Tensor x, const Sequences& sequences, const AttentionOptions& options = {}) const {
    expect_usable(*this);
    for (int i = 0; i < depth; ++i) x = Call::call(layer(i), x, sequences, options);
    return norm ? (*norm)(x) : x;
  }

  /// The same of new tokens; the state has a cache for each layer.
  Tensor next(DecoderState& state, Tensor x, const Tensor& of_tokens, const Sequences& sequences,
              const AttentionOptions& options = {}) const {
    expect_usable(*this);
    expect_count(*this, "layers in the state", state.layers, depth);
    state.expect_memory(false);
    for (int i = 0; i < depth; ++i)
      x = layer(i).next(state.layers[static_cast<std::size_t>(i)].tokens, x, of_tokens, sequences, options);
    return norm ? (*norm)(x) : x;
  }

  /// The one that computes in place i of the stack.
  const Layer& layer(int i) const {
    detail::expect_place(*this, i);
    return layers[static_cast<std::size_t>(i / (depth / groups))];
  }

  void check() const { detail::check_stack(*this); }
};

}  // namespace heed::nn
