// Also tests nn/fields/given.h.
#include "nn/positions/all_positions.h"
#include "wrong_sizes.h"

using namespace heed;
using wrong_sizes::try_layer, wrong_sizes::try_making;

namespace {

const Sequences two{2, 1};
const Tensor tokens = tensor<std::int64_t>({1, 2, 3});

Tensor rows(std::int64_t width) { return normal({3, width}); }

const auto of_rows = [](const auto& layer) { layer(rows(4)); };

}  // namespace

TEST_CASE("linear layers, norms and embeddings of wrong sizes are built and throw when they are used",
          "[wrong_sizes]") {
  try_layer(nn::Linear{.in = 4, .out = 3}, of_rows);
  try_layer(nn::Embedding{.count = 5, .width = 4}, [](const nn::Embedding& layer) { layer(tokens); });
  try_layer(nn::LayerNorm{.width = 4}, of_rows);
  try_layer(nn::RmsNorm{.width = 4}, of_rows);
  try_layer(nn::GroupNorm{.channels = 4, .groups = 2}, of_rows);
  try_layer(nn::BatchNorm{.channels = 4}, of_rows);
  try_layer(nn::LearnedPositions{.max_length = 8, .width = 4},
            [](const nn::LearnedPositions& layer) { layer(two), layer(tokens); });
  try_layer(nn::SinusoidalPositions{.width = 4}, [](const nn::SinusoidalPositions& layer) { layer(two); });
  const auto embed = [](const auto& layer) { layer.logits(layer(tokens, two)); };
  for (const bool tied : {true, false}) {
    try_layer(nn::TokenEmbedding<>{.vocabulary = 7, .width = 4, .embedding_width = 2, .tied = tied}, embed);
    using Learned = nn::TokenEmbedding<nn::LearnedPositions>;
    try_layer(Learned{.vocabulary = 7, .width = 4, .embedding_width = 2, .tied = tied}, embed);
  }
}

TEST_CASE("feed-forward layers and residuals of wrong sizes are built and throw when they are used", "[wrong_sizes]") {
  try_layer(nn::FeedForward{.width = 4}, of_rows);
  try_layer(nn::ReluFeedForward{.width = 4}, of_rows);
  try_layer(nn::SquaredReluFeedForward{.width = 4}, of_rows);
  try_layer(nn::SwigluFeedForward{.width = 4}, of_rows);
  const auto residual = [](const auto& layer) { layer(rows(4), [](const Tensor& x) { return x; }); };
  try_layer(nn::PreNorm<>{.width = 4}, residual);
  try_layer(nn::PostNorm<>{.width = 4}, residual);
  try_layer(nn::Sandwich<>{.width = 4}, residual);
  try_layer(nn::LayerScale<>{.width = 4}, residual);
  try_layer(nn::DeepNorm<>{.width = 4}, residual);
}

TEST_CASE("convolutions and recurrent layers of wrong sizes are built and throw when they are used", "[wrong_sizes]") {
  try_layer(nn::Conv1d{.in = 4, .out = 2, .kernel_size = 3, .groups = 2},
            [](const nn::Conv1d& layer) { layer(normal({2, 4, 9})); });
  try_layer(nn::Conv2d{.in = 4, .out = 2, .kernel_size = 3, .groups = 2},
            [](const nn::Conv2d& layer) { layer(normal({2, 4, 9, 8})); });
  const auto run = [](const auto& unit) { unit.run(rows(4), two, Direction::forward, {}); };
  try_layer(nn::GruUnit{.in = 4, .width = 3}, run);
  try_layer(nn::LstmUnit{.in = 4, .width = 3}, run);
  for (const bool both : {true, false}) {
    const auto call = [](const auto& layer) { layer(rows(4), two); };
    try_layer(nn::Gru{.in = 4, .width = 3, .depth = 2, .bidirectional = both}, call);
    try_layer(nn::Lstm{.in = 4, .width = 3, .depth = 2, .bidirectional = both}, call);
  }
}

TEST_CASE("attention of wrong sizes is built and throws when it is used", "[wrong_sizes]") {
  const auto call = [](const SmallModels::Attention& layer) {
    layer(rows(8), two);
    nn::DecodingCache cache(2);
    nn::run_decoding_step(cache, two, {}, [&](const nn::Pass& pass) { return layer(rows(8), pass); });
  };
  try_layer(SmallModels::Attention{.width = 8,
                                   .heads = 4,
                                   .key_heads = 2,
                                   .key_width = 2,
                                   .value_width = 2,
                                   .window = 2,
                                   .query_key_norm = true,
                                   .gated = true},
            call);
  for (const KindOfPosition& positions : all_positions()) {
    INFO(positions.name);
    const auto make = [&](const nn::HeadSizes& sizes) {
      return SmallModels::Attention{.width = sizes.width,
                                    .heads = sizes.heads,
                                    .key_width = sizes.key_width,
                                    .value_width = sizes.value_width,
                                    .positions = positions.inside(sizes)};
    };
    try_making(nn::HeadSizes{.width = 8, .heads = 4, .key_width = 2, .value_width = 2}, make, call);
  }
  try_layer(nn::CrossAttention{.width = 8,
                               .heads = 4,
                               .key_heads = 2,
                               .key_width = 2,
                               .value_width = 2,
                               .memory_width = 4,
                               .query_key_norm = true,
                               .gated = true},
            [](const nn::CrossAttention& layer) { layer(rows(8), nn::Pass(two, {}, nn::Memory{rows(4), two})); });
  const auto memory = [](const auto& layer) { layer(rows(4), rows(4), two, two); };
  try_layer(nn::AdditiveAttention{.width = 4}, memory);
  try_layer(nn::DotAttention{.width = 4}, memory);
  try_layer(nn::GeneralAttention{.width = 4}, memory);
  try_layer(nn::ConcatAttention{.width = 4}, memory);
}

TEST_CASE("relative positions of wrong sizes are built and throw when they are used", "[wrong_sizes]") {
  const auto nothing = [](const auto& layer) { nn::parameters(layer); };
  try_layer(nn::LearnedAlibi{.heads = 2}, nothing);
  try_layer(nn::ClippedDistances{.heads = 2}, nothing);
  try_layer(nn::DistanceBuckets{.heads = 2}, nothing);
  try_layer(nn::ShawDistances{.key_width = 4}, nothing);
  try_layer(nn::TransformerXlDistances{.width = 4, .heads = 2, .key_width = 2}, nothing);
  try_layer(nn::Alibi{.heads = 2}, [](const nn::Alibi& layer) {
    AttentionOptions options;
    layer.add_to(options, float32);
  });
  try_layer(nn::Rotary{.width = 4, .scaling = nn::RotaryScaling::yarn, .factor = 2},
            [](const nn::Rotary& layer) { layer(normal({3, 2, 4}), two.positions(), RotarySide::query); });
}

TEST_CASE("experts and registers of wrong sizes are built and throw when they are used", "[wrong_sizes]") {
  try_layer(nn::TopK{.width = 4, .count = 3}, of_rows);
  try_layer(nn::Switch{.width = 4, .count = 3}, of_rows);
  try_layer(nn::NoisyTopK{.width = 4, .count = 3}, of_rows);
  try_layer(nn::ExpertChoice{.width = 4, .count = 3}, of_rows);
  try_layer(nn::SigmoidTopK{.width = 4, .count = 3}, of_rows);
  try_layer(nn::MixtureOfExperts<>{.width = 4, .count = 3, .hidden = 5, .shared = 1}, of_rows);
  const auto mix = [](const auto& layer) { layer(rows(8), two); };
  const auto encoder = SmallModels{all_positions()[0]}.encoder();
  try_layer(nn::WithRegisters<SmallModels::Encoder>{.width = 8, .layers = encoder}, mix);
  try_layer(SmallModels::Encoder{.repeats = 1, .layers = encoder.layers, .norm = encoder.norm}, mix);
}
