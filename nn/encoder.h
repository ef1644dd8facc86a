#pragma once

#include "attention.h"
#include "checkpointed.h"
#include "feed_forward.h"
#include "norm.h"
#include "repeat.h"
#include "residual.h"

namespace heed::nn {

/// One layer of a transformer's encoder: self-attention, then the feed-forward part, each in a residual connection.
/// x, y: [tokens, width]. With options {.mask = causal()} it is a layer of a decoder-only language model.
/// Vaswani et al. 2017, arXiv:1706.03762, section 3.1. To try a variant, swap a template argument: an attention needs
/// the fields width and heads, and gets dropout, positions and key_heads if it has them; a norm needs width, and gets
/// epsilon.
template <class Attention = MultiHeadAttention, class Hidden = FeedForward, class Norm = LayerNorm>
struct EncoderLayer {
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
  Hidden feed_forward{.width = width};
  Norm attention_norm = make_norm<Norm>(width, epsilon), feed_forward_norm = make_norm<Norm>(width, epsilon);
  Dropout hidden_dropout{.probability = dropout};

  Tensor operator()(const Tensor& x, const Sequences& sequences, const AttentionOptions& options = {}) const {
    Tensor mixed = residual(placement, x, attention_norm, hidden_dropout,
                            [&](const Tensor& h) { return attention(h, sequences, options); });
    return residual(placement, mixed, feed_forward_norm, hidden_dropout, feed_forward);
  }

  /// The same of new tokens at these positions, int64 [tokens], which read those that the cache holds and themselves.
  Tensor next(KeyValueCache& cache, const Tensor& x, const Tensor& of_tokens, const Sequences& sequences,
              const AttentionOptions& options = {}) const {
    Tensor mixed = residual(placement, x, attention_norm, hidden_dropout, [&](const Tensor& h) {
      attention.remember(cache, h, of_tokens, sequences);
      return attention.recall(cache, h, of_tokens, sequences, options);
    });
    return residual(placement, mixed, feed_forward_norm, hidden_dropout, feed_forward);
  }
};

/// A stack of layers; x, y: [tokens, width]. With the normalisation before each sublayer, one more follows at the end.
/// Call says how a layer is called: Encoder<EncoderLayer<>, Recomputed> keeps less for the gradient and takes longer.
template <class Layer = EncoderLayer<>, class Call = Directly>
struct Encoder {
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

  Tensor operator()(Tensor x, const Sequences& sequences, const AttentionOptions& options = {}) const {
    for (const Layer& layer : layers) x = Call::call(layer, x, sequences, options);
    return norm ? (*norm)(x) : x;
  }

  /// The same of new tokens; the state has a cache for each layer.
  Tensor next(DecoderState& state, Tensor x, const Tensor& of_tokens, const Sequences& sequences,
              const AttentionOptions& options = {}) const {
    for (std::size_t i = 0; i < layers.size(); ++i)
      x = layers[i].next(state.layers.at(i).tokens, x, of_tokens, sequences, options);
    return norm ? (*norm)(x) : x;
  }
};

}  // namespace heed::nn
