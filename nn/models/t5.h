// T5: configuration and model.
#pragma once

#include "encoder_decoder.h"

namespace heed::nn {

/// Configuration of a T5. hidden: hidden width of the feed-forward layers; buckets and max_distance: of the relative
/// position bias that the layers of a stack share (DistanceBuckets).
struct T5Config {
  Size vocabulary, width, heads, depth;
  Size decoder_depth = depth, hidden = 4 * width, key_width = detail::per_head(width, heads);
  Size buckets = 32, max_distance = 128;
  float dropout = 0.1f, epsilon = 1e-6f;
};

/// Layer of the encoder of a T5.
using T5EncoderLayer = EncoderLayer<MultiHeadAttention<>, ReluFeedForward, PreNorm<RmsNorm>>;
/// Layer of the decoder of a T5.
using T5DecoderLayer = DecoderLayer<MultiHeadAttention<>, CrossAttention, ReluFeedForward, PreNorm<RmsNorm>>;
/// Type of the model that nn::t5 builds.
using T5 = EncoderDecoder<TokenEmbedding<>, Stack<T5EncoderLayer, RmsNorm, DistanceBuckets>,
                          Stack<T5DecoderLayer, RmsNorm, DistanceBuckets>>;

/// T5: relative position bias in one table for each stack, pre-norm layers with RMSNorm and ReLU, a final RMSNorm, no
/// other biases, unscaled attention scores, logits scaled by 1 / sqrt(width). Query weights are initialised smaller by
/// sqrt(key_width); a model built by from_json is not, so load weights into it. Raffel et al. 2020, arXiv:1910.10683,
/// section 2.1.
T5 t5(const T5Config& config);
/// Returns a layer of the encoder, and of the decoder.
T5EncoderLayer t5_encoder_layer(const T5Config& config);
T5DecoderLayer t5_decoder_layer(const T5Config& config);

}  // namespace heed::nn
