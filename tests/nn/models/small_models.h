// Small transformers of pre-norm layers with dropout, for the tests of nn/.
#pragma once

#include <heed/heed.h>

namespace small {

using namespace heed;

struct Sizes {
  Size vocabulary = 11, width = 8, heads = 2, depth = 2, decoder_depth = depth, key_heads = heads, max_length = 16;
  float dropout = 0.1f;
};

template <class Within = nn::NoPositions, class Residual = nn::PreNorm<>>
auto encoder_layer(const Sizes& s) {
  return nn::EncoderLayer<nn::MultiHeadAttention<Within>, nn::FeedForward, Residual>{
      .dropout = s.dropout,
      .attention = {.width = s.width, .heads = s.heads, .dropout = s.dropout, .key_heads = s.key_heads},
      .feed_forward = {.width = s.width}};
}

template <class Within = nn::NoPositions, class Residual = nn::PreNorm<>>
auto decoder_layer(const Sizes& s) {
  return nn::DecoderLayer<nn::MultiHeadAttention<Within>, nn::CrossAttention, nn::FeedForward, Residual>{
      .dropout = s.dropout,
      .attention = {.width = s.width, .heads = s.heads, .dropout = s.dropout, .key_heads = s.key_heads},
      .cross_attention = {.width = s.width, .heads = s.heads, .dropout = s.dropout, .key_heads = s.key_heads},
      .feed_forward = {.width = s.width}};
}

/// Stack of layers from make(), with the final norm that they need.
template <class Make>
auto stack(const Size& depth, const Size& width, const Make& make) {
  return nn::Stack{.layers = nn::repeat(depth, [&](int) { return make(); }),
                   .norm = nn::final_norm<decltype(make())>(width)};
}

template <class Within = nn::NoPositions, class Residual = nn::PreNorm<>>
auto encoder(const Sizes& s) {
  return stack(s.depth, s.width, [&] { return encoder_layer<Within, Residual>(s); });
}

template <class Positions>
Positions positions(const Sizes& s) {
  if constexpr (std::is_same_v<Positions, nn::LearnedPositions>) {
    return {.max_length = s.max_length, .width = s.width};
  } else {
    return nn::of_width<Positions>(s.width);
  }
}

/// Positions are Added to embeddings, or Within attention.
template <class Added = nn::SinusoidalPositions, class Within = nn::NoPositions, class Residual = nn::PreNorm<>>
auto language_model(const Sizes& s) {
  return nn::LanguageModel{
      .embedding =
          nn::TokenEmbedding<Added>{
              .vocabulary = s.vocabulary, .width = s.width, .dropout = s.dropout, .positions = positions<Added>(s)},
      .layers = encoder<Within, Residual>(s)};
}

template <class Added = nn::SinusoidalPositions, class Within = nn::NoPositions, class Residual = nn::PreNorm<>>
auto encoder_decoder(const Sizes& s) {
  const nn::TransformerConfig config{.vocabulary = s.vocabulary,
                                     .width = s.width,
                                     .heads = s.heads,
                                     .depth = s.depth,
                                     .decoder_depth = s.decoder_depth,
                                     .dropout = s.dropout};
  return nn::transformer(
      config, [&](int) { return encoder_layer<Within, Residual>(s); },
      [&](int) { return decoder_layer<Within, Residual>(s); }, positions<Added>(s));
}

/// Reorders arguments for nn::check, which expects first those that the output has rows for.
template <class Model>
struct TargetFirst {
  Model model;
  Tensor operator()(const Tensor& target, const Tensor& source, const Sequences& target_sequences,
                    const Sequences& source_sequences) const {
    return model(source, source_sequences, target, target_sequences);
  }
};

}  // namespace small
