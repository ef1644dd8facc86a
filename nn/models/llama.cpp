#include "llama.h"

namespace heed::nn {

LlamaLayer llama_layer(const LlamaConfig& c, int /*i*/) {
  const auto residual = [&] {
    return PreNorm<RmsNorm>{.width = c.width, .norm = RmsNorm{.width = c.width, .epsilon = c.epsilon}};
  };
  const Size key_width = detail::per_head(c.width, c.heads);
  return {.dropout = c.dropout,
          .attention = MultiHeadAttention<Rotary>{.width = c.width,
                                                  .heads = c.heads,
                                                  .dropout = c.dropout,
                                                  .key_heads = c.key_heads,
                                                  .biased = false,
                                                  .positions = Rotary{.width = key_width, .base = c.rotary_base}},
          .feed_forward = SwigluFeedForward{.width = c.width, .hidden = c.hidden},
          .attention_residual = residual(),
          .feed_forward_residual = residual()};
}

Llama llama(const LlamaConfig& config) {
  return llama(config, [&](int i) { return llama_layer(config, i); });
}

}  // namespace heed::nn
