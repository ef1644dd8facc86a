// BERT and ALBERT as they were published.
#pragma once

#include "bert.h"
#include "encoder.h"

namespace heed::nn {

/// Sizes of a BERT. hidden: width inside the feed-forward parts; longest: tokens of a text, at most. The paper's by
/// configuration: tiny is width 128, 2 layers, 2 heads; mini 256, 4, 4; base 768, 12, 12. stochastic_depth is the
/// probability of the last layer, which the others rise to evenly.
struct BertConfig {
  Size vocabulary, width, heads, depth;
  Size hidden = 4 * width, longest = 512, segments = 2;
  float dropout = 0.1f, attention_dropout = dropout, stochastic_depth = 0, epsilon = 1e-12f;
};

using BertLayer = EncoderLayer<MultiHeadAttention<>, FeedForward, PostNorm<>>;
using Bert = BertModel<Stack<BertLayer>>;

/// BERT: learned positions, segments, post-norm layers with GELU. Initialise it by init_normal, as the paper does.
/// Devlin et al. 2019, arXiv:1810.04805.
Bert bert(const BertConfig& config);
/// Layer i of it.
BertLayer bert_layer(const BertConfig& config, int i);

namespace detail {
class JsonValue;  // json.h
/// Of a configuration of an earlier version, with its settings side by side and no "type". Throws Error if it is not of
/// post-norm layers with learned positions: a model of another type.
Bert model_of_flat_settings(const JsonValue& json, Bert* type);

/// A BERT of positions() and encoder(), which are made in the order of the fields. Its embeddings are narrower than its
/// encoder if their width is smaller.
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

/// The same with layers of another type, layer(i), after which a norm follows if they need it, and other positions.
///   nn::bert(config, layer, nn::NoPositions{})
template <class MakeLayer, class Positions>
auto bert(const BertConfig& config, const MakeLayer& layer, const Positions& positions) {
  return detail::bert_with(config, layer, [&] { return positions; });
}
template <class MakeLayer>
auto bert(const BertConfig& config, const MakeLayer& layer) {
  return detail::bert_with(config, layer,
                           [&] { return LearnedPositions{.longest = config.longest, .width = config.width}; });
}

/// Sizes of an ALBERT: as for BERT, with embeddings of a smaller width, and depth / groups layers in a row that share
/// one set of weights.
struct AlbertConfig {
  BertConfig bert;
  Size embedding_width = 128, groups = 1;
};
/// ALBERT: Lan et al. 2019, arXiv:1909.11942, section 3.1.
///   auto model = nn::albert({.bert = {.vocabulary = 30000, .width = 768, .heads = 12, .depth = 12}});
Bert albert(const AlbertConfig& config);

}  // namespace heed::nn
