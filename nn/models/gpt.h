// GPT-2: configuration and model.
#pragma once

#include "language_model.h"

namespace heed::nn {

/// Configuration of a GPT. hidden: hidden width of the feed-forward layers; max_length: maximum number of tokens of a
/// sequence. stochastic_depth is the drop probability of the last layer; it increases linearly with depth.
struct GptConfig {
  Size vocabulary, width, heads, depth;
  Size key_heads = heads, hidden = 4 * width, max_length = 512;
  float dropout = 0.1f, attention_dropout = dropout, stochastic_depth = 0, epsilon = 1e-5f;
  bool tied = true;
};

/// Layer of a GPT.
using GptLayer = EncoderLayer<MultiHeadAttention<>, FeedForward, PreNorm<>>;
/// Type of the model that nn::gpt builds.
using Gpt = LanguageModel<TokenEmbedding<LearnedPositions>, Stack<GptLayer, LayerNorm>>;

/// GPT-2: learned positions, pre-norm layers with GELU, a final norm, tied embeddings. Radford et al. 2019, "Language
/// models are unsupervised multitask learners", section 2.3. init_gpt2 is the initialisation of the paper.
///   auto model = nn::gpt({.vocabulary = 256, .width = 128, .heads = 4, .depth = 4});
Gpt gpt(const GptConfig& config);
/// Returns layer i of that model.
GptLayer gpt_layer(const GptConfig& config, int i);
/// GPT with layers of another type, layer(i).
template <class MakeLayer>
auto gpt(const GptConfig& config, const MakeLayer& layer) {
  using Layer = decltype(layer(0));
  TokenEmbedding<LearnedPositions> embedding{
      .vocabulary = config.vocabulary,
      .width = config.width,
      .dropout = config.dropout,
      .tied = config.tied,
      .scale = 1,
      .stddev = 0.02f,
      .positions = LearnedPositions{.max_length = config.max_length, .width = config.width}};
  return LanguageModel{
      .embedding = std::move(embedding),
      .layers = Stack{.layers = repeat(config.depth, layer), .norm = final_norm<Layer>(config.width, config.epsilon)}};
}

}  // namespace heed::nn
