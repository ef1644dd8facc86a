#pragma once

#include "encoder_decoder.h"

namespace heed::nn {

/// Sizes of a T5. hidden: width inside the feed-forward parts; buckets and farthest: of the table of distances that the
/// layers of a stack share.
struct T5Config {
  Size vocabulary, width, heads, depth;
  Size decoder_depth = depth, hidden = 4 * width, key_width = detail::per_head(width, heads);
  Size buckets = 32, farthest = 128;
  float dropout = 0.1f, epsilon = 1e-6f;
};

using T5EncoderLayer = EncoderLayer<MultiHeadAttention<>, ReluFeedForward, PreNorm<RmsNorm>>;
using T5DecoderLayer = DecoderLayer<MultiHeadAttention<>, CrossAttention, ReluFeedForward, PreNorm<RmsNorm>>;
using T5 = EncoderDecoder<TokenEmbedding<>, Stack<T5EncoderLayer, RmsNorm, DistanceBuckets>,
                          Stack<T5DecoderLayer, RmsNorm, DistanceBuckets>>;

/// T5: biases by bucket of distance in one table for each stack, RMS norm before each sublayer and at the end, ReLU, no
/// other biases, scores that are not scaled, logits that are scaled by 1 / sqrt(width). Queries start smaller by
/// sqrt(key_width); a model that from_json builds starts without that, so load weights into it. Raffel et al. 2020,
/// arXiv:1910.10683, section 2.1.
T5 t5(const T5Config& config);
/// A layer of its encoder and of its decoder.
T5EncoderLayer t5_encoder_layer(const T5Config& config);
T5DecoderLayer t5_decoder_layer(const T5Config& config);

}  // namespace heed::nn
