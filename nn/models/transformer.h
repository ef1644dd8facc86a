// Original transformer: configuration and model.
#pragma once

#include "encoder_decoder.h"

namespace heed::nn {

/// Configuration of an encoder-decoder transformer. hidden: hidden width of the feed-forward layers. The paper's base
/// model has width 512, 8 heads, depth 6. stochastic_depth is the drop probability of the last layer of each stack; it
/// increases linearly with depth.
struct TransformerConfig {
  Size vocabulary, width, heads, depth;
  Size decoder_depth = depth, key_heads = heads, hidden = 4 * width;
  float dropout = 0.1f, attention_dropout = dropout, stochastic_depth = 0, epsilon = 1e-5f;
  bool tied = true;
};

/// Layer of the encoder of a transformer.
using TransformerEncoderLayer = EncoderLayer<MultiHeadAttention<>, ReluFeedForward, PostNorm<>>;
/// Layer of the decoder of a transformer.
using TransformerDecoderLayer = DecoderLayer<MultiHeadAttention<>, CrossAttention, ReluFeedForward, PostNorm<>>;
/// Type of the model that nn::transformer builds.
using Transformer =
    EncoderDecoder<TokenEmbedding<SinusoidalPositions>, Stack<TransformerEncoderLayer>, Stack<TransformerDecoderLayer>>;

/// Original transformer, Vaswani et al. 2017, arXiv:1706.03762: sinusoidal positions, post-norm layers with ReLU, one
/// embedding shared by source, target and logits.
Transformer transformer(const TransformerConfig& config);
/// Returns layer i of the encoder, and of the decoder.
TransformerEncoderLayer transformer_encoder_layer(const TransformerConfig& config, int i);
TransformerDecoderLayer transformer_decoder_layer(const TransformerConfig& config, int i);

/// Transformer with layers of other types, encoder_layer(i) and decoder_layer(i), followed by final norms if they need
/// them, and other positions.
template <class MakeEncoderLayer, class MakeDecoderLayer, class Positions>
auto transformer(const TransformerConfig& config, const MakeEncoderLayer& encoder_layer,
                 const MakeDecoderLayer& decoder_layer, Positions positions) {
  using OfEncoder = decltype(encoder_layer(0));
  using OfDecoder = decltype(decoder_layer(0));
  TokenEmbedding<Positions> embedding{.vocabulary = config.vocabulary,
                                      .width = config.width,
                                      .dropout = config.dropout,
                                      .tied = config.tied,
                                      .positions = std::move(positions)};
  return EncoderDecoder{.embedding = std::move(embedding),
                        .encoder = Stack{.layers = repeat(config.depth, encoder_layer),
                                         .norm = final_norm<OfEncoder>(config.width, config.epsilon)},
                        .decoder = Stack{.layers = repeat(config.decoder_depth, decoder_layer),
                                         .norm = final_norm<OfDecoder>(config.width, config.epsilon)}};
}
template <class MakeEncoderLayer, class MakeDecoderLayer>
auto transformer(const TransformerConfig& config, const MakeEncoderLayer& encoder_layer,
                 const MakeDecoderLayer& decoder_layer) {
  return transformer(config, encoder_layer, decoder_layer, SinusoidalPositions{.width = config.width});
}

}  // namespace heed::nn
