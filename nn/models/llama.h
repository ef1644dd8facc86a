// Llama: configuration and model.
#pragma once

#include "language_model.h"

namespace heed::nn {

/// Configuration of a Llama. hidden: hidden width of the feed-forward layers; key_heads < heads is grouped-query
/// attention.
struct LlamaConfig {
  Size vocabulary, width, heads, depth;
  Size key_heads = heads, hidden = (8 * width + 2) / 3;
  float dropout = 0, rotary_base = 10000, epsilon = 1e-5f;
  bool tied = false;
};

/// Layer of a Llama.
using LlamaLayer = EncoderLayer<MultiHeadAttention<Rotary>, SwigluFeedForward, PreNorm<RmsNorm>>;
/// Type of the model that nn::llama builds.
using Llama = LanguageModel<TokenEmbedding<>, Stack<LlamaLayer, RmsNorm>>;

/// Llama: rotary position embeddings, pre-norm layers with RMSNorm and SwiGLU, a final RMSNorm, no biases. Touvron et
/// al. 2023, arXiv:2302.13971, section 2.2; grouped-query attention: arXiv:2307.09288.
///   auto model = nn::llama({.vocabulary = 32000, .width = 4096, .heads = 32, .depth = 32, .hidden = 11008});
Llama llama(const LlamaConfig& config);
/// Returns layer i of that model.
LlamaLayer llama_layer(const LlamaConfig& config, int i);
/// Llama with layers of another type, layer(i).
template <class MakeLayer>
auto llama(const LlamaConfig& config, const MakeLayer& layer) {
  TokenEmbedding<> embedding{.vocabulary = config.vocabulary,
                             .width = config.width,
                             .dropout = config.dropout,
                             .tied = config.tied,
                             .scale = 1,
                             .stddev = 0.02f};
  return LanguageModel{.embedding = std::move(embedding),
                       .layers = Stack{.layers = repeat(config.depth, layer),
                                       .norm = RmsNorm{.width = config.width, .epsilon = config.epsilon}}};
}

}  // namespace heed::nn
