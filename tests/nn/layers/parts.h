// All kinds of sublayers of a transformer, in small sizes, one line each. A kind added here is tested in models by
// parts.cpp and others.
#pragma once

#include <heed/heed.h>

namespace parts {

using namespace heed;

inline constexpr int vocabulary = 11, width = 8, heads = 2, max_length = 16;

/// List of layers of different types, as a OneOf.
template <class... Layers>
std::vector<nn::OneOf<Layers...>> list(Layers... layers) {
  return {nn::OneOf<Layers...>(std::move(layers))...};
}
template <class List>
using Any = typename List::value_type;

/// Position embeddings.
inline auto added_positions() {
  return list(nn::NoPositions{}, nn::LearnedPositions{.max_length = max_length, .width = width},
              nn::SinusoidalPositions{.width = width, .base = 100});
}

/// Positional encodings in attention.
inline auto attention_positions() {
  auto kinds =
      list(nn::NoPositions{}, nn::Rotary{.width = 4, .base = 100}, nn::Alibi{.heads = heads},
           nn::LearnedAlibi{.heads = heads}, nn::ClippedDistances{.heads = heads, .max_distance = 2, .stddev = 1},
           nn::DistanceBuckets{.heads = heads, .buckets = 8, .max_distance = 6, .stddev = 1},
           nn::ShawDistances{.key_width = 4, .max_distance = 2, .stddev = 1},
           nn::TransformerXlDistances{.width = width, .heads = heads, .key_width = 4});
  for (const auto scaling : {nn::RotaryScaling::linear, nn::RotaryScaling::ntk, nn::RotaryScaling::yarn,
                             nn::RotaryScaling::llama3, nn::RotaryScaling::xpos})
    kinds.emplace_back(nn::Rotary{.width = 4, .scaling = scaling, .factor = 2, .trained_length = 64});
  kinds.emplace_back(nn::Rotary{.width = 2, .pairs = RotaryPairs::interleaved});
  kinds.emplace_back(nn::DistanceBuckets{.heads = heads, .buckets = 8, .sides = BucketSides::before, .stddev = 1});
  return kinds;
}
using Positions = Any<decltype(attention_positions())>;

/// Relative positions shared by the layers of a stack.
inline auto stack_positions() {
  return list(nn::NoPositions{}, nn::Alibi{.heads = heads}, nn::LearnedAlibi{.heads = heads},
              nn::ClippedDistances{.heads = heads, .max_distance = 2, .stddev = 1},
              nn::DistanceBuckets{.heads = heads, .buckets = 8, .stddev = 1},
              nn::ShawDistances{.key_width = 4, .max_distance = 2, .stddev = 1});
}

/// Self-attention, with these positions.
inline auto attentions(const Positions& positions = nn::NoPositions{}) {
  using Attention = nn::MultiHeadAttention<Positions>;
  auto kinds = list(Attention{.width = width, .heads = heads, .positions = positions});
  const auto add = [&](Attention attention) { kinds.emplace_back(std::move(attention)); };
  add({.width = width, .heads = heads, .key_heads = 1});
  add({.width = width, .heads = 4, .key_heads = 2, .value_width = 3});
  add({.width = width, .heads = heads, .key_width = 4, .value_width = 6, .biased = false});
  add({.width = width, .heads = heads, .window = 2});
  add({.width = width, .heads = heads, .scale = 1});
  add({.width = width, .heads = heads, .query_key_norm = true});
  add({.width = width, .heads = heads, .gated = true});
  add({.width = width, .heads = heads, .dropout = 0.1f});
  return kinds;
}

/// Cross-attention to a memory of memory_width.
inline std::vector<nn::CrossAttention> cross_attentions(Size memory_width) {
  return {{.width = width, .heads = heads, .memory_width = memory_width},
          {.width = width, .heads = heads, .key_heads = 1, .memory_width = memory_width},
          {.width = width, .heads = 4, .key_heads = 2, .value_width = 3, .memory_width = memory_width},
          {.width = width, .heads = heads, .memory_width = memory_width, .scale = 1, .biased = false},
          {.width = width, .heads = heads, .memory_width = memory_width, .query_key_norm = true},
          {.width = width, .heads = heads, .memory_width = memory_width, .gated = true},
          {.width = width, .heads = heads, .dropout = 0.1f, .memory_width = memory_width}};
}

template <class Router, class Expert = nn::FeedForward>
nn::MixtureOfExperts<Expert, Router> experts(Size shared = 0) {
  return {.width = width, .count = 3, .hidden = 6, .shared = shared};
}

/// Feed-forward layers, and experts with every router. (ExpertChoice, which makes tokens depend on each other, has
/// separate tests.)
inline auto feed_forwards() {
  auto kinds =
      list(nn::FeedForward{.width = width, .hidden = 6}, nn::ReluFeedForward{.width = width, .hidden = 6},
           nn::SquaredReluFeedForward{.width = width, .hidden = 6}, nn::GluFeedForward{.width = width},
           nn::RegluFeedForward{.width = width}, nn::GegluFeedForward{.width = width, .biased = true},
           nn::SwigluFeedForward{.width = width},
           nn::WithPrecision<nn::FeedForward>{.operands = float32, .layer = {.width = width}}, experts<nn::TopK>(),
           experts<nn::Switch, nn::SwigluFeedForward>(), experts<nn::NoisyTopK>(), experts<nn::SigmoidTopK>());
  kinds.emplace_back(experts<nn::TopK>(1));
  kinds.emplace_back(nn::FeedForward{.width = width, .hidden = 5, .biased = false});
  return kinds;
}

/// Norms.
inline auto norms() {
  return list(nn::LayerNorm{.width = width}, nn::RmsNorm{.width = width}, nn::GroupNorm{.channels = width, .groups = 2},
              nn::NoNorm{});
}
using Norm = Any<decltype(norms())>;

/// Residual connections.
inline auto residuals() {
  auto kinds =
      list(nn::PreNorm<Norm>{.width = width}, nn::PostNorm<Norm>{.width = width}, nn::Sandwich<>{.width = width},
           nn::LayerScale<>{.width = width}, nn::ReZero{}, nn::DeepNorm<>{.width = width, .alpha = 1.5f});
  for (const Norm& norm : norms()) kinds.emplace_back(nn::PreNorm<Norm>{.width = width, .norm = norm});
  return kinds;
}

using Attention = Any<decltype(attentions())>;
using FeedForward = Any<decltype(feed_forwards())>;
using Residual = Any<decltype(residuals())>;
using EncoderLayer = nn::EncoderLayer<Attention, FeedForward, Residual>;
using ParallelLayer = nn::ParallelLayer<Attention, FeedForward, Norm>;
using Stack = nn::Stack<nn::OneOf<EncoderLayer, ParallelLayer>, Norm, Any<decltype(stack_positions())>>;
using LanguageModel = nn::LanguageModel<nn::TokenEmbedding<Any<decltype(added_positions())>>, Stack>;

inline EncoderLayer layer() { return {.attention = attentions()[0], .feed_forward = feed_forwards()[0]}; }

/// Language model of two layers, the second of which differs from the first by one sublayer.
inline LanguageModel with_layer(const nn::OneOf<EncoderLayer, ParallelLayer>& second) {
  return {.embedding = {.vocabulary = vocabulary, .width = width}, .layers = {.layers = {layer(), second}}};
}

/// Calls function(name, model) for a model with each kind of sublayer.
template <class Function>
void each_model(const Function& function) {
  const auto each = [&](const auto& kinds, const auto& put) {
    for (const auto& kind : kinds) {
      EncoderLayer second = layer();
      LanguageModel model = with_layer(second);
      put(kind, second, model);
      model.layers.layers[1] = second;
      std::visit([&](const auto& one) { function(nn::describe(one), model); }, kind.variant());
    }
  };
  each(added_positions(), [](auto& kind, auto&, auto& model) { model.embedding.positions = kind; });
  each(stack_positions(), [](auto& kind, auto&, auto& model) { model.layers.positions = kind; });
  each(norms(), [](auto& kind, auto&, auto& model) { model.layers.norm = kind; });
  each(attention_positions(), [](auto& kind, auto& layer, auto&) { layer.attention = attentions(kind)[0]; });
  each(attentions(), [](auto& kind, auto& layer, auto&) { layer.attention = kind; });
  each(feed_forwards(), [](auto& kind, auto& layer, auto&) { layer.feed_forward = kind; });
  each(residuals(), [](auto& kind, auto& layer, auto&) {
    layer.attention_residual = kind;
    layer.feed_forward_residual = kind;
  });
  function("ParallelLayer",
           with_layer(ParallelLayer{.attention = attentions()[0], .feed_forward = feed_forwards()[0]}));
}

}  // namespace parts
