#include "transformer.h"

namespace heed::nn {
namespace {

PostNorm<> residual(const TransformerConfig& c) {
  return {.width = c.width, .norm = LayerNorm{.width = c.width, .epsilon = c.epsilon}};
}

MultiHeadAttention<> self_attention(const TransformerConfig& c) {
  return {.width = c.width, .heads = c.heads, .dropout = c.attention_dropout, .key_heads = c.key_heads};
}

}  // namespace

TransformerEncoderLayer transformer_encoder_layer(const TransformerConfig& c, int i) {
  return {.dropout = c.dropout,
          .stochastic_depth = StochasticDepth::of_layer(c.stochastic_depth, i, c.depth),
          .attention = self_attention(c),
          .feed_forward = ReluFeedForward{.width = c.width, .hidden = c.hidden},
          .attention_residual = residual(c),
          .feed_forward_residual = residual(c)};
}

TransformerDecoderLayer transformer_decoder_layer(const TransformerConfig& c, int i) {
  return {
      .dropout = c.dropout,
      .stochastic_depth = StochasticDepth::of_layer(c.stochastic_depth, i, c.decoder_depth),
      .attention = self_attention(c),
      .cross_attention =
          CrossAttention{.width = c.width, .heads = c.heads, .dropout = c.attention_dropout, .key_heads = c.key_heads},
      .feed_forward = ReluFeedForward{.width = c.width, .hidden = c.hidden},
      .attention_residual = residual(c),
      .cross_attention_residual = residual(c),
      .feed_forward_residual = residual(c)};
}

Transformer transformer(const TransformerConfig& config) {
  return transformer(
      config, [&](int i) { return transformer_encoder_layer(config, i); },
      [&](int i) { return transformer_decoder_layer(config, i); });
}

}  // namespace heed::nn
