#include "small_bert.h"

using namespace heed;

SmallBert small_bert(const nn::BertConfig& c) {
  const auto norm = [&] { return nn::PreNorm<>{.width = c.width, .norm = {.width = c.width, .epsilon = c.epsilon}}; };
  const auto layer = [&](int) {
    Layer made{.dropout = c.dropout,
               .attention = {.width = c.width, .heads = c.heads, .dropout = c.attention_dropout},
               .feed_forward = {.width = c.width, .hidden = c.hidden},
               .attention_residual = norm(),
               .feed_forward_residual = norm()};
    made.attention.positions.base = 100;
    return made;
  };
  return nn::bert(c, layer, AtMost{c.max_length});
}

nn::BertConfig sizes_of(const SmallBert& model) {
  const auto& layers = model.encoder.layers;
  return {.vocabulary = model.token_embedding.count,
          .width = model.token_embedding.width,
          .heads = layers.at(0).attention.heads,
          .depth = std::ssize(layers),
          .max_length = model.position_embedding.max_length,
          .dropout = 0};
}
