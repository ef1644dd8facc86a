// Published configurations of BERT and ALBERT.
#pragma once

#include "../layers/encoder_layer.h"
#include "bert.h"

namespace heed::nn {

/// Configuration of a BERT. hidden: hidden width of the feed-forward layers; max_length: maximum number of tokens of a
/// sequence; segments: number of segments, such as sentences, that are told apart. Published sizes: tiny has width 128,
/// depth 2, 2 heads; mini 256, 4, 4; base 768, 12, 12. stochastic_depth is the drop probability of the last layer; it
/// increases linearly with depth.
struct BertConfig {
  Size vocabulary, width, heads, depth;
  Size hidden = 4 * width, max_length = 512, segments = 2;
  float dropout = 0.1f, attention_dropout = dropout, stochastic_depth = 0, epsilon = 1e-12f;
};

/// Layer of a BERT.
using BertLayer = EncoderLayer<MultiHeadAttention<>, FeedForward, PostNorm<>>;
/// Type of the model that nn::bert builds.
using Bert = BertModel<Stack<BertLayer>>;

/// BERT: learned positions, segments, post-norm layers with GELU. Initialise it by init_normal, as the paper does.
/// Devlin et al. 2019, arXiv:1810.04805.
Bert bert(const BertConfig& config);
/// Returns layer i of that model.
BertLayer bert_layer(const BertConfig& config, int i);

namespace detail {
class JsonValue;  // json.h
/// Builds a BERT from a configuration of an earlier version, whose settings are flat and have no "type". Throws Error
/// unless it has post-norm layers and learned positions.
Bert model_of_flat_settings(const JsonValue& json, Bert* type);

/// Builds a BERT with positions() and encoder(), called in the order of the fields. If embedding_width is less than the
/// encoder's width, `widening` projects the embeddings.
template <class MakePositions, class MakeEncoder>
auto bert_of(const BertConfig& c, Size embedding_width, const MakePositions& positions, const MakeEncoder& encoder) {
  return BertModel<decltype(encoder()), decltype(positions())>{
      .dropout = c.dropout,
      .token_embedding = Embedding{.count = c.vocabulary, .width = embedding_width},
      .segment_embedding = Embedding{.count = c.segments, .width = embedding_width},
      .position_embedding = positions(),
      .embedding_norm = LayerNorm{.width = embedding_width, .epsilon = c.epsilon},
      .widening = when(embedding_width != c.width, [&] { return Linear{.in = embedding_width, .out = c.width}; }),
      .encoder = encoder(),
      .pooler = Linear{.in = c.width, .out = c.width}};
}

template <class MakeLayer, class MakePositions>
auto bert_with(const BertConfig& config, const MakeLayer& layer, const MakePositions& positions) {
  return bert_of(config, config.width, positions, [&] {
    return Stack{.layers = repeat(config.depth, layer),
                 .norm = final_norm<decltype(layer(0))>(config.width, config.epsilon)};
  });
}
}  // namespace detail

/// BERT with layers of another type, layer(i), followed by a final norm if they need one, and other positions.
///   nn::bert(config, layer, nn::NoPositions{})
template <class MakeLayer, class Positions>
auto bert(const BertConfig& config, const MakeLayer& layer, const Positions& positions) {
  return detail::bert_with(config, layer, [&] { return positions; });
}
template <class MakeLayer>
auto bert(const BertConfig& config, const MakeLayer& layer) {
  return detail::bert_with(config, layer,
                           [&] { return LearnedPositions{.max_length = config.max_length, .width = config.width}; });
}

/// Configuration of an ALBERT: that of a BERT, with factorised embeddings of embedding_width, and `groups` groups of
/// depth / groups consecutive layers that share their weights.
struct AlbertConfig {
  /// Configuration of the BERT.
  BertConfig bert;
  Size embedding_width = 128, groups = 1;
};
/// ALBERT: Lan et al. 2019, arXiv:1909.11942, section 3.1.
///   auto model = nn::albert({.bert = {.vocabulary = 30000, .width = 768, .heads = 12, .depth = 12}});
Bert albert(const AlbertConfig& config);

}  // namespace heed::nn
