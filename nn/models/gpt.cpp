#include "gpt.h"

namespace heed::nn {

GptLayer gpt_layer(const GptConfig& c, int i) {
  const auto residual = [&] {
    return PreNorm<>{.width = c.width, .norm = LayerNorm{.width = c.width, .epsilon = c.epsilon}};
  };
  return {.dropout = c.dropout,
          .stochastic_depth = StochasticDepth::of_layer(c.stochastic_depth, i, c.depth),
          .attention =
              MultiHeadAttention<>{
                  .width = c.width, .heads = c.heads, .dropout = c.attention_dropout, .key_heads = c.key_heads},
          .feed_forward = FeedForward{.width = c.width, .hidden = c.hidden},
          .attention_residual = residual(),
          .feed_forward_residual = residual()};
}

Gpt gpt(const GptConfig& config) {
  return gpt(config, [&](int i) { return gpt_layer(config, i); });
}

}  // namespace heed::nn
