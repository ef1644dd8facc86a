#include "bert_presets.h"

#include "../../graph/fail.h"
#include "../fields/json.h"

namespace heed::nn {

BertLayer bert_layer(const BertConfig& c, int i) {
  const auto residual = [&] {
    return PostNorm<>{.width = c.width, .norm = LayerNorm{.width = c.width, .epsilon = c.epsilon}};
  };
  return {.dropout = c.dropout,
          .stochastic_depth = StochasticDepth::of_layer(c.stochastic_depth, i, c.depth),
          .attention = MultiHeadAttention<>{.width = c.width, .heads = c.heads, .dropout = c.attention_dropout},
          .feed_forward = FeedForward{.width = c.width, .hidden = c.hidden},
          .attention_residual = residual(),
          .feed_forward_residual = residual()};
}

Bert bert(const BertConfig& config) {
  return bert(config, [&](int i) { return bert_layer(config, i); });
}

Bert albert(const AlbertConfig& config) {
  const BertConfig& c = config.bert;
  const Size embedding_width = config.embedding_width, groups = config.groups;
  if (groups != c.depth && (groups < 1 || c.depth < groups || c.depth % groups != 0))
    fail("albert: groups is {}, but it must divide depth, which is {}", groups.value, c.depth.value);
  BertConfig of_layer = c;
  of_layer.depth = groups;
  return detail::bert_of(
      c, embedding_width, [&] { return LearnedPositions{.max_length = c.max_length, .width = embedding_width}; },
      [&] {
        return Stack{.repeats = groups == c.depth ? 1 : c.depth / groups,
                     .layers = repeat(groups, [&](int i) { return bert_layer(of_layer, i); })};
      });
}

Bert detail::model_of_flat_settings(const JsonValue& json, Bert* /*type*/) {
  const auto set = [&]<class T>(T& field, std::string_view name) {
    if (json.has(name)) field = json.at(name).get<T>();
  };
  const auto only = [&](std::string_view name, std::string_view value) {
    if (json.has(name) && json.at(name).get<std::string>() != value)
      fail(
          "from_json: {} is {} in the settings of an earlier version, but nn::Bert has {}: build the model by nn::bert "
          "with layers of another type, and load its weights",
          name, json.at(name).get<std::string>(), value);
  };
  only("positions", "learned");
  only("placement", "after");
  BertConfig c{.vocabulary = json.at("vocabulary").get<Size>(),
               .width = json.at("width").get<Size>(),
               .heads = json.at("heads").get<Size>(),
               .depth = json.at("depth").get<Size>()};
  set(c.max_length, "longest");
  set(c.segments, "segments");
  set(c.dropout, "dropout");
  c.attention_dropout = c.dropout;
  set(c.attention_dropout, "attention_dropout");
  set(c.stochastic_depth, "stochastic_depth");
  set(c.epsilon, "epsilon");
  AlbertConfig config{.bert = c, .embedding_width = c.width, .groups = c.depth};
  set(config.embedding_width, "embedding_width");
  set(config.groups, "groups");
  nn::expect_memory("from_json", [&] { return albert(config); });
  return albert(config);
}

}  // namespace heed::nn
