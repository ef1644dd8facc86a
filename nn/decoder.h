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

/// One layer of a transformer's decoder: causal self-attention, attention to the encoder's output, then the
/// feed-forward part, each in a residual connection.  x, y: [tokens, width], memory: [memory tokens, width]; sequence s
/// of x reads sequence s of the memory. The options are those of the self-attention, whose mask is causal besides what
/// they say. Vaswani et al. 2017, arXiv:1706.03762, section 3.1. Template arguments as for EncoderLayer.
template <class Attention = MultiHeadAttention, class Hidden = FeedForward, class Norm = LayerNorm,
          template <class> class Residual = PlacedNorm>
struct DecoderLayer {
  using StackNorm = Norm;

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
  // Places in two texts cannot be compared, so here nothing is turned.
  MadeAttention<Attention> cross_attention =
      make_attention<Attention>({.width = width, .heads = heads, .key_heads = key_heads, .dropout = attention_dropout});
  Hidden feed_forward = Hidden{.width = width};
  Residual<Norm> attention_residual = make_residual<Residual<Norm>>({width, placement, epsilon, deep_norm_alpha}),
                 cross_attention_residual = make_residual<Residual<Norm>>({width, placement, epsilon, deep_norm_alpha}),
                 feed_forward_residual = make_residual<Residual<Norm>>({width, placement, epsilon, deep_norm_alpha});
  Dropout hidden_dropout = Dropout{.probability = dropout};
  StochasticDepth skipping = StochasticDepth{.probability = stochastic_depth};

  Tensor operator()(const Tensor& x, const Tensor& memory, const Sequences& sequences,
                    const Sequences& memory_sequences, const AttentionOptions& options = {}) const {
    expect_usable(*this);
    AttentionOptions of_self = options;
    of_self.mask = options.mask & causal();
    Tensor y =
        attention_residual(x, [&](const Tensor& h) { return branch(attention(h, sequences, of_self), sequences); });
    y = cross_attention_residual(
        y, [&](const Tensor& h) { return branch(cross_attention(h, memory, sequences, memory_sequences), sequences); });
    return feed_forward_residual(y, [&](const Tensor& h) { return branch(feed_forward(h), sequences); });
  }

  /// The same of new tokens at these positions, int64 [tokens]; the cache holds the keys and values of the tokens
  /// before and of the memory.
  Tensor next(DecoderState::Layer& cache, const Tensor& x, const Tensor& of_tokens, const Sequences& sequences,
              const AttentionOptions& options = {}) const {
    AttentionOptions of_self = options;
    of_self.mask = options.mask & causal();
    Tensor y = attention_residual(x, [&](const Tensor& h) {
      attention.remember(cache.tokens, h, of_tokens, sequences);
      return branch(attention.recall(cache.tokens, h, of_tokens, sequences, of_self), sequences);
    });
    y = cross_attention_residual(y, [&](const Tensor& h) {
      return branch(cross_attention.recall(cache.memory, h, of_tokens, sequences), sequences);
    });
    return feed_forward_residual(y, [&](const Tensor& h) { return branch(feed_forward(h), sequences); });
  }

  /// The end of a residual branch.
  Tensor branch(const Tensor& y, const Sequences& sequences) const { return skipping(hidden_dropout(y), sequences); }
};

/// A stack of layers; x, y: [tokens, width], memory: [memory tokens, width]. With the normalisation before each
/// sublayer, one more follows at the end. Call, stochastic_depth and groups as for Encoder.
template <class Layer = DecoderLayer<>, class Call = Directly>
struct Decoder {
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
  float deep_norm_alpha = alpha_for<Residual>(deep_norm_scales(3 * depth));
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

  Tensor operator()(Tensor x, const Tensor& memory, const Sequences& sequences, const Sequences& memory_sequences,
                    const AttentionOptions& options = {}) const {
    expect_usable(*this);
    for (int i = 0; i < depth; ++i) x = Call::call(layer(i), x, memory, sequences, memory_sequences, options);
    return norm ? (*norm)(x) : x;
  }

  /// What each layer knows before the first token: the memory's keys and values.
  DecoderState begin(const Tensor& memory, const Sequences& memory_sequences) const {
    expect_usable(*this);
    DecoderState state(memory_sequences.count(), depth);
    for (int i = 0; i < depth; ++i)
      layer(i).cross_attention.remember(state.layers[static_cast<std::size_t>(i)].memory, memory,
                                        memory_sequences.positions(), memory_sequences);
    return state;
  }
  /// The output for new tokens at these positions, [tokens, width].
  Tensor next(DecoderState& state, Tensor x, const Tensor& of_tokens, const Sequences& sequences,
              const AttentionOptions& options = {}) const {
    expect_usable(*this);
    expect_count(*this, "layers in the state", state.layers, depth);
    state.expect_memory(true);
    for (int i = 0; i < depth; ++i)
      x = layer(i).next(state.layers[static_cast<std::size_t>(i)], x, of_tokens, sequences, options);
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
