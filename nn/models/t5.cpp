#include "t5.h"

#include <algorithm>

namespace heed::nn {
namespace {

PreNorm<RmsNorm> residual(const T5Config& c) {
  return {.width = c.width, .norm = RmsNorm{.width = c.width, .epsilon = c.epsilon}};
}

/// Builds an attention whose query weights are initialised smaller by sqrt(key_width), in place of scaling the scores.
template <class Attention>
Attention attention_of(const T5Config& c) {
  Attention made{
      .width = c.width, .heads = c.heads, .dropout = c.dropout, .key_width = c.key_width, .scale = 1, .biased = false};
  const double fan = std::max(1.0, static_cast<double>(c.width) * static_cast<double>(c.key_width));
  made.query.weight = Parameter({c.heads * c.key_width, c.width}, normal_with(1 / std::sqrt(fan)));
  return made;
}

ReluFeedForward feed_forward(const T5Config& c) { return {.width = c.width, .hidden = c.hidden, .biased = false}; }

DistanceBuckets positions(const T5Config& c, BucketSides sides) {
  return {.heads = c.heads, .buckets = c.buckets, .max_distance = c.max_distance, .sides = sides};
}

RmsNorm last_norm(const T5Config& c) { return {.width = c.width, .epsilon = c.epsilon}; }

}  // namespace

T5EncoderLayer t5_encoder_layer(const T5Config& c) {
  return {.dropout = c.dropout,
          .attention = attention_of<MultiHeadAttention<>>(c),
          .feed_forward = feed_forward(c),
          .attention_residual = residual(c),
          .feed_forward_residual = residual(c)};
}

T5DecoderLayer t5_decoder_layer(const T5Config& c) {
  return {.dropout = c.dropout,
          .attention = attention_of<MultiHeadAttention<>>(c),
          .cross_attention = attention_of<CrossAttention>(c),
          .feed_forward = feed_forward(c),
          .attention_residual = residual(c),
          .cross_attention_residual = residual(c),
          .feed_forward_residual = residual(c)};
}

T5 t5(const T5Config& c) {
  const double width = std::max(1.0, static_cast<double>(c.width));
  TokenEmbedding<> embedding{.vocabulary = c.vocabulary,
                             .width = c.width,
                             .dropout = c.dropout,
                             .scale = 1,
                             .output_scale = 1 / std::sqrt(width),
                             .stddev = 1};
  return {.embedding = std::move(embedding),
          .encoder = {.layers = repeat(c.depth, [&](int) { return t5_encoder_layer(c); }),
                      .norm = last_norm(c),
                      .positions = positions(c, BucketSides::both)},
          .decoder = {.layers = repeat(c.decoder_depth, [&](int) { return t5_decoder_layer(c); }),
                      .norm = last_norm(c),
                      .positions = positions(c, BucketSides::before)}};
}

}  // namespace heed::nn
