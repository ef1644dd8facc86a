// All positional encodings as one type, so that tests over all of them are compiled once.
#pragma once

#include <heed/heed.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

using AddedPositions =
    heed::nn::OneOf<heed::nn::NoPositions, heed::nn::LearnedPositions, heed::nn::SinusoidalPositions>;
using AttentionPositions =
    heed::nn::OneOf<heed::nn::NoPositions, heed::nn::Rotary, heed::nn::Alibi, heed::nn::LearnedAlibi,
                    heed::nn::ClippedDistances, heed::nn::DistanceBuckets, heed::nn::ShawDistances,
                    heed::nn::TransformerXlDistances>;

/// Position embeddings of this width, and positional encodings for attention of these sizes.
struct KindOfPosition {
  std::string name;
  std::function<AddedPositions(heed::Size max_length, heed::Size width)> added;
  std::function<AttentionPositions(const heed::nn::HeadSizes& sizes)> inside;
};

inline std::vector<KindOfPosition> all_positions() {
  using namespace heed;
  using nn::HeadSizes;
  const auto none_added = [](const Size&, const Size&) { return nn::NoPositions{}; };
  const auto none_inside = [](const HeadSizes&) { return nn::NoPositions{}; };
  const auto inside = [&](const std::string& name, const auto& make) { return KindOfPosition{name, none_added, make}; };
  return {{"none", none_added, none_inside},
          {"learned",
           [](const Size& max_length, const Size& width) {
             return nn::LearnedPositions{.max_length = max_length, .width = width};
           },
           none_inside},
          {"sinusoidal", [](const Size&, const Size& width) { return nn::SinusoidalPositions{.width = width}; },
           none_inside},
          inside("rotary", nn::Rotary::for_heads),
          inside("xpos",
                 [](const HeadSizes& sizes) {
                   return nn::Rotary{.width = sizes.key_width, .scaling = nn::RotaryScaling::xpos};
                 }),
          inside("alibi", nn::Alibi::for_heads),
          inside("learned alibi", nn::LearnedAlibi::for_heads),
          inside("clipped distances", nn::ClippedDistances::for_heads),
          inside("buckets", nn::DistanceBuckets::for_heads),
          inside("buckets before",
                 [](const HeadSizes& sizes) {
                   return nn::DistanceBuckets{.heads = sizes.heads, .sides = BucketSides::before};
                 }),
          inside("Shaw", nn::ShawDistances::for_heads),
          inside("Transformer-XL", nn::TransformerXlDistances::for_heads)};
}

/// Small models with any positional encoding: width 8, 2 heads, 9 tokens.
struct SmallModels {
  using Attention = heed::nn::MultiHeadAttention<AttentionPositions>;
  using EncoderLayer = heed::nn::EncoderLayer<Attention, heed::nn::FeedForward>;
  using DecoderLayer = heed::nn::DecoderLayer<Attention, heed::nn::CrossAttention, heed::nn::FeedForward>;
  using Embedding = heed::nn::TokenEmbedding<AddedPositions>;
  using Encoder = heed::nn::Stack<EncoderLayer, heed::nn::LayerNorm>;
  using Decoder = heed::nn::Stack<DecoderLayer, heed::nn::LayerNorm>;

  KindOfPosition positions;
  heed::Size depth = 1, max_length = 6;

  Attention attention() const {
    return {.width = 8,
            .heads = 2,
            .positions = positions.inside({.width = 8, .heads = 2, .key_width = 4, .value_width = 4})};
  }
  EncoderLayer encoder_layer() const {
    return {.attention = attention(), .feed_forward = heed::nn::FeedForward{.width = 8}};
  }
  DecoderLayer decoder_layer() const {
    return {.attention = attention(),
            .cross_attention = heed::nn::CrossAttention{.width = 8, .heads = 2},
            .feed_forward = heed::nn::FeedForward{.width = 8}};
  }
  Embedding embedding() const { return {.vocabulary = 9, .width = 8, .positions = positions.added(max_length, 8)}; }
  Encoder encoder() const {
    return {.layers = heed::nn::repeat(depth, [&](int) { return encoder_layer(); }),
            .norm = heed::nn::LayerNorm{.width = 8}};
  }
  Decoder decoder() const {
    return {.layers = heed::nn::repeat(depth, [&](int) { return decoder_layer(); }),
            .norm = heed::nn::LayerNorm{.width = 8}};
  }
  heed::nn::LanguageModel<Embedding, Encoder> language_model() const {
    return {.embedding = embedding(), .layers = encoder()};
  }
  heed::nn::EncoderDecoder<Embedding, Encoder, Decoder> translator() const {
    return {.embedding = embedding(), .encoder = encoder(), .decoder = decoder()};
  }
  heed::nn::BertModel<Encoder, AddedPositions> bert() const {
    return {.token_embedding = heed::nn::Embedding{.count = 9, .width = 8},
            .segment_embedding = heed::nn::Embedding{.count = 2, .width = 8},
            .position_embedding = positions.added(max_length, 8),
            .encoder = encoder()};
  }
};
