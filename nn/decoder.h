#pragma once

#include "attention.h"
#include "checkpointed.h"
#include "feed_forward.h"
#include "norm.h"
#include "repeat.h"
#include "residual.h"

namespace heed::nn {

/// One layer of a transformer's decoder: causal self-attention, attention to the encoder's output, then the
/// feed-forward part, each in a residual connection.  x, y: [tokens, width], memory: [memory tokens, width]; sequence s
/// of x reads sequence s of the memory. The options are those of the self-attention, whose mask is causal besides what
/// they say. Vaswani et al. 2017, arXiv:1706.03762, section 3.1. Template arguments as for EncoderLayer.
template <class Attention = MultiHeadAttention, class Hidden = FeedForward, class Norm = LayerNorm>
struct DecoderLayer {
  Size width, heads;
  float dropout = 0, attention_dropout = dropout;
  NormPlacement placement = NormPlacement::before;
  PositionKind positions = PositionKind::none;
  float rotary_base = 10000, epsilon = 1e-5f;
  Size key_heads = heads;
  Attention attention = make_attention<Attention>({.width = width,
                                                   .heads = heads,
                                                   .key_heads = key_heads,
                                                   .dropout = attention_dropout,
                                                   .positions = positions,
                                                   .rotary_base = rotary_base});
  // Places in two texts cannot be compared, so here nothing is turned.
  Attention cross_attention =
      make_attention<Attention>({.width = width, .heads = heads, .key_heads = key_heads, .dropout = attention_dropout});
  Hidden feed_forward{.width = width};
  Norm attention_norm = make_norm<Norm>(width, epsilon), cross_attention_norm = make_norm<Norm>(width, epsilon),
       feed_forward_norm = make_norm<Norm>(width, epsilon);
  Dropout hidden_dropout{.probability = dropout};

  Tensor operator()(const Tensor& x, const Tensor& memory, const Sequences& sequences,
                    const Sequences& memory_sequences, const AttentionOptions& options = {}) const {
    AttentionOptions of_self = options;
    of_self.mask = options.mask & causal();
    Tensor y = residual(placement, x, attention_norm, hidden_dropout,
                        [&](const Tensor& h) { return attention(h, sequences, of_self); });
    y = residual(placement, y, cross_attention_norm, hidden_dropout,
                 [&](const Tensor& h) { return cross_attention(h, memory, sequences, memory_sequences); });
    return residual(placement, y, feed_forward_norm, hidden_dropout, feed_forward);
  }

  /// The same of new tokens at these positions, int64 [tokens]; the cache holds the keys and values of the tokens
  /// before and of the memory.
  Tensor next(DecoderState::Layer& cache, const Tensor& x, const Tensor& of_tokens, const Sequences& sequences,
              const AttentionOptions& options = {}) const {
    AttentionOptions of_self = options;
    of_self.mask = options.mask & causal();
    Tensor y = residual(placement, x, attention_norm, hidden_dropout, [&](const Tensor& h) {
      attention.remember(cache.tokens, h, of_tokens, sequences);
      return attention.recall(cache.tokens, h, of_tokens, sequences, of_self);
    });
    y = residual(placement, y, cross_attention_norm, hidden_dropout,
                 [&](const Tensor& h) { return cross_attention.recall(cache.memory, h, of_tokens, sequences); });
    return residual(placement, y, feed_forward_norm, hidden_dropout, feed_forward);
  }
};

/// A stack of layers; x, y: [tokens, width], memory: [memory tokens, width]. With the normalisation before each
/// sublayer, one more follows at the end. Call as for Encoder.
template <class Layer = DecoderLayer<>, class Call = Directly>
struct Decoder {
  using Norm = decltype(Layer::attention_norm);

  Size width, heads, depth;
  float dropout = 0, attention_dropout = dropout;
  NormPlacement placement = NormPlacement::before;
  PositionKind positions = PositionKind::none;
  float rotary_base = 10000, epsilon = 1e-5f;
  Size key_heads = heads;
  std::vector<Layer> layers = repeat(depth, [&](int) {
    return Layer{.width = width,
                 .heads = heads,
                 .dropout = dropout,
                 .attention_dropout = attention_dropout,
                 .placement = placement,
                 .positions = positions,
                 .rotary_base = rotary_base,
                 .epsilon = epsilon,
                 .key_heads = key_heads};
  });
  std::optional<Norm> norm = when(placement == NormPlacement::before, [&] { return make_norm<Norm>(width, epsilon); });

  Tensor operator()(Tensor x, const Tensor& memory, const Sequences& sequences, const Sequences& memory_sequences,
                    const AttentionOptions& options = {}) const {
    for (const Layer& layer : layers) x = Call::call(layer, x, memory, sequences, memory_sequences, options);
    return norm ? (*norm)(x) : x;
  }

  /// What each layer knows before the first token: the memory's keys and values.
  DecoderState begin(const Tensor& memory, const Sequences& memory_sequences) const {
    DecoderState state(memory_sequences.count(), depth);
    for (std::size_t i = 0; i < layers.size(); ++i)
      layers[i].cross_attention.remember(state.layers[i].memory, memory, memory_sequences.positions(),
                                         memory_sequences);
    return state;
  }
  /// The output for new tokens at these positions, [tokens, width].
  Tensor next(DecoderState& state, Tensor x, const Tensor& of_tokens, const Sequences& sequences,
              const AttentionOptions& options = {}) const {
    for (std::size_t i = 0; i < layers.size(); ++i)
      x = layers[i].next(state.layers.at(i), x, of_tokens, sequences, options);
    return norm ? (*norm)(x) : x;
  }
};

}  // namespace heed::nn
