#pragma once

#include "language_model.h"

namespace heed::nn {

/// Sizes of a Llama. hidden: width inside the feed-forward parts; with fewer key_heads than heads, groups of queries
/// share their keys and values.
struct LlamaConfig {
  Size vocabulary, width, heads, depth;
  Size key_heads = heads, hidden = (8 * width + 2) / 3;
  float dropout = 0, rotary_base = 10000, epsilon = 1e-5f;
  bool tied = false;
};

using LlamaLayer = EncoderLayer<MultiHeadAttention<Rotary>, SwigluFeedForward, PreNorm<RmsNorm>>;
using Llama = LanguageModel<TokenEmbedding<>, Stack<LlamaLayer, RmsNorm>>;

/// Llama: rotary positions, RMS norm before each sublayer and at the end, SwiGLU, no biases. Touvron et al. 2023,
/// arXiv:2302.13971, section 2.2; grouped queries: arXiv:2307.09288.
///   auto model = nn::llama({.vocabulary = 32000, .width = 4096, .heads = 32, .depth = 32, .hidden = 11008});
Llama llama(const LlamaConfig& config);
/// Layer i of it.
LlamaLayer llama_layer(const LlamaConfig& config, int i);
/// The same with layers of another type, layer(i).
template <class MakeLayer>
auto llama(const LlamaConfig& config, const MakeLayer& layer) {
  TokenEmbedding<> embedding{.vocabulary = config.vocabulary,
                             .width = config.width,
                             .dropout = config.dropout,
                             .tied = config.tied,
                             .scale = 1,
                             .deviation = 0.02f};
  return LanguageModel{.embedding = std::move(embedding),
                       .layers = Stack{.layers = repeat(config.depth, layer),
                                       .norm = RmsNorm{.width = config.width, .epsilon = config.epsilon}}};
}

}  // namespace heed::nn
