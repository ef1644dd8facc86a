#include <heed/heed.h>

#include <cmath>
#include <filesystem>

#include "catch.h"
#include "difference.h"
#include "layers_check.h"
#include "temporary_folder.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

const Sequences ragged{3, 0, 1, 5}, memory_lengths{2, 4, 1, 3};

Tensor tokens_below(std::int64_t n, std::int64_t count) {
  return cast(uniform({count}, 0, static_cast<double>(n)), int64);
}

/// In the order that nn::check expects: what the output has rows for comes first.
template <class Model>
struct TargetFirst {
  Size vocabulary, width, heads, depth;
  nn::PositionKind positions = nn::PositionKind::sinusoidal;
  Model model{.vocabulary = vocabulary, .width = width, .heads = heads, .depth = depth, .positions = positions};
  Tensor operator()(const Tensor& target, const Tensor& source, const Sequences& target_sequences,
                    const Sequences& source_sequences) const {
    return model(source, source_sequences, target, target_sequences);
  }
};

}  // namespace

TEST_CASE("SinusoidalPositions", "[nn]") {
  const auto waves = nn::SinusoidalPositions{.width = 5, .base = 100};
  for (const DType dtype : {float32, float64}) {
    const Tensor y = waves(Sequences{2, 0, 40}, dtype);
    REQUIRE(y.shape() == Shape{42, 5});
    REQUIRE(y.dtype() == dtype);
    const auto found = cast(y, float64).to_vector<double>();
    for (std::size_t row = 0; row < 42; ++row)
      for (std::size_t i = 0; i < 5; ++i) {
        const double position = row < 2 ? static_cast<double>(row) : static_cast<double>(row - 2);
        const double angle = position * std::pow(100.0, -static_cast<double>(i - i % 2) / 5);
        CHECK(found[row * 5 + i] ==
              Approx(i % 2 == 0 ? std::sin(angle) : std::cos(angle)).margin(dtype == float32 ? 1e-6 : 1e-14));
      }
  }
  CHECK(waves(tensor<std::int64_t>({7})).to_vector<float>() == slice(waves(Sequences{8}), 0, 7, 8).to_vector<float>());
  CHECK_THROWS_MATCHES(waves(tensor<std::int64_t>({3, -1})), Error,
                       Message("SinusoidalPositions{width = 5, base = 100}: position -1 of token 1 is negative"));
  CHECK_THROWS_MATCHES(
      waves(ones({3})), Error,
      Message("SinusoidalPositions{width = 5, base = 100}: positions are float32 [3], but they must be "
              "int64 [tokens]"));
  CHECK_THROWS_MATCHES((nn::SinusoidalPositions{.width = 2, .base = 0}(Sequences{1})), Error,
                       Message("SinusoidalPositions{width = 2, base = 0}: base must be positive, and width must not be "
                               "negative"));
}

TEST_CASE("MultiHeadAttention with fewer heads of keys, and with widths of their own", "[nn]") {
  seed(1);
  CHECK_LAYER(nn::MultiHeadAttention{.width = 8, .heads = 4, .key_heads = 2}, normal({9, 8}), ragged);
  CHECK_LAYER(nn::MultiHeadAttention{.width = 8, .heads = 4, .positions = nn::PositionKind::rotary, .key_heads = 1},
              normal({9, 8}), ragged, AttentionOptions{.mask = causal()});
  const auto wide = nn::MultiHeadAttention{
      .width = 5, .heads = 2, .key_width = 4, .value_width = 3, .memory_width = 7, .biased = false};
  CHECK_LAYER(wide, normal({9, 5}), normal({10, 7}), ragged, memory_lengths);
  CHECK(nn::parameter_count(wide) == 2 * 4 * 5 + 2 * 4 * 7 + 2 * 3 * 7 + 5 * 2 * 3);
  CHECK_THROWS_MATCHES(
      (nn::MultiHeadAttention{.width = 8, .heads = 4, .key_heads = 3}(normal({9, 8}), ragged)), Error,
      Message(
          "MultiHeadAttention{width = 8, heads = 4, dropout = 0, positions = none, rotary_base = 10000, key_heads = "
          "3, key_width = 2, value_width = 2, memory_width = 8, biased = true, query_key_norm = false, gated = false}: "
          "key_heads must divide heads"));
}

TEST_CASE("MultiHeadAttention with normalised queries and keys, and with a gate", "[nn]") {
  seed(6);
  const auto layer = nn::to(nn::MultiHeadAttention{.width = 8,
                                                   .heads = 4,
                                                   .positions = nn::PositionKind::rotary,
                                                   .key_heads = 2,
                                                   .query_key_norm = true,
                                                   .gated = true},
                            float64);
  for (const auto& [path, parameter] : nn::named_parameters(layer))
    no_grad([&, &p = parameter] { assign(p, normal(p.shape(), 0, 1, float64)); });
  const Tensor x = normal({9, 8}, 0, 1, float64);
  const auto by_head = [](const Tensor& y, std::int64_t heads) { return reshape(y, {9, heads, 2}); };
  const auto scaled = [](const nn::RmsNorm& norm, const Tensor& y) {
    return norm.scale * y / sqrt(mean(y * y, {-1}, true) + static_cast<double>(norm.epsilon));
  };
  const Tensor places = ragged.positions();
  const Tensor queries =
                   (*layer.rotary)(scaled(*layer.query_norm, by_head(layer.query(x), 4)), places, RotarySide::query),
               keys = (*layer.rotary)(scaled(*layer.key_norm, by_head(layer.key(x), 2)), places, RotarySide::key);
  const Tensor mixed = attention(queries, keys, by_head(layer.value(x), 2), ragged);
  const Tensor y = layer.output(reshape(mixed, {9, 8}) / (1 + exp(-(*layer.gate)(x))));
  CHECK(difference(layer(x, ragged), y) < 1e-12);
  CHECK_LAYER(layer, x, ragged);
}

namespace recipes {  // Clang warns where a layer's type is in an unnamed one
struct WideHeads {
  static nn::MultiHeadAttention make(const nn::AttentionSizes& sizes) {
    return {.width = sizes.width, .heads = sizes.heads, .dropout = sizes.dropout, .key_width = 8, .value_width = 2};
  }
};
}  // namespace recipes

TEST_CASE("a recipe makes the attention of a whole model", "[nn]") {
  seed(7);
  const auto model =
      nn::LanguageModel<recipes::WideHeads>{.vocabulary = 11, .width = 8, .heads = 2, .depth = 2, .dropout = 0.2f};
  CHECK(model.layers.layers[1].attention.key.weight.shape() == Shape{16, 8});
  CHECK(model.layers.layers[1].attention.value.weight.shape() == Shape{4, 8});
  CHECK(model.layers.layers[1].attention.dropout == 0.2f);
  CHECK_LAYER(model, tokens_below(11, 9), ragged);
  using Layer = nn::EncoderLayer<nn::GatedQueryKeyNormAttention>;
  CHECK_LAYER(Layer{.width = 4, .heads = 2}, normal({9, 4}), ragged);
  CHECK(nn::Encoder<nn::EncoderLayer<nn::QueryKeyNormAttention>>{.width = 4, .heads = 2, .depth = 1}
            .layers[0]
            .attention.query_norm);
  CHECK(nn::Encoder<nn::EncoderLayer<nn::GatedAttention>>{.width = 4, .heads = 2, .depth = 1}.layers[0].attention.gate);
}

TEST_CASE("MultiHeadAttention hands over what its weights are made of", "[nn]") {
  seed(1);
  const auto attention = nn::MultiHeadAttention{
      .width = 8, .heads = 2, .positions = nn::PositionKind::rotary, .key_heads = 1, .value_width = 5};
  const Tensor x = normal({9, 8}), memory = normal({10, 8});
  const nn::Taps taps{attention};
  const Tensor y = attention(x, memory, ragged, memory_lengths);
  const Tensor &query = taps["query"], &key = taps["key"], value = reshape(attention.value(memory), {10, 5});
  REQUIRE(query.shape() == Shape{9, 2, 4});
  REQUIRE(key.shape() == Shape{10, 1, 4});
  std::vector<Tensor> heads;
  for (std::int64_t head = 0; head < 2; ++head) {
    const Tensor of_head = reshape(slice(query, 1, head, head + 1), {9, 4});
    const Tensor scores = pair_dot(of_head, reshape(key, {10, 4}), ragged, memory_lengths) / 2;
    heads.push_back(pair_mix(pair_softmax(scores, ragged, memory_lengths), value, ragged, memory_lengths));
  }
  const auto right = attention.output(concat(heads, 1)).to_vector<float>(), found = y.to_vector<float>();
  for (std::size_t i = 0; i < right.size(); ++i) CHECK(found[i] == Approx(right[i]).margin(1e-5));
}

TEST_CASE("feed-forward layers", "[nn]") {
  seed(1);
  const auto check = [](const auto& layer, const auto& expected) {
    CHECK_LAYER(layer, normal({5, 4}));
    const Tensor x = normal({3, 4});
    const auto found = layer(x).template to_vector<float>(), right = expected(layer, x).template to_vector<float>();
    for (std::size_t i = 0; i < right.size(); ++i) CHECK(found[i] == Approx(right[i]).margin(1e-6));
  };
  check(nn::ReluFeedForward{.width = 4},
        [](const auto& f, const Tensor& x) { return f.down(maximum(f.up(x), zeros({}))); });
  check(nn::SquaredReluFeedForward{.width = 4}, [](const auto& f, const Tensor& x) {
    const Tensor h = maximum(f.up(x), zeros({}));
    return f.down(h * h);
  });
  check(nn::GluFeedForward{.width = 4},
        [](const auto& f, const Tensor& x) { return f.down(f.up(x) / (1 + exp(-f.gate(x)))); });
  check(nn::RegluFeedForward{.width = 4},
        [](const auto& f, const Tensor& x) { return f.down(relu(f.gate(x)) * f.up(x)); });
  check(nn::GegluFeedForward{.width = 4, .biased = true},
        [](const auto& f, const Tensor& x) { return f.down(gelu(f.gate(x)) * f.up(x)); });
  check(nn::SwigluFeedForward{.width = 4}, [](const auto& f, const Tensor& x) {
    const Tensor gate = f.gate(x);
    return f.down(gate * sigmoid(gate) * f.up(x));
  });
  CHECK(nn::parameter_count(nn::SwigluFeedForward{.width = 12}) == 8 * 12 * 12);
  CHECK_LAYER(nn::EncoderLayer<nn::MultiHeadAttention, nn::SwigluFeedForward, nn::RmsNorm>{.width = 6, .heads = 2},
              normal({9, 6}), ragged);
}

TEST_CASE("DecoderLayer", "[nn]") {
  seed(1);
  for (const auto placement : {nn::NormPlacement::before, nn::NormPlacement::after})
    CHECK_LAYER(nn::DecoderLayer<>{.width = 6, .heads = 2, .placement = placement}, normal({9, 6}), normal({10, 6}),
                ragged, memory_lengths);
  const auto layer = nn::DecoderLayer<nn::MultiHeadAttention, nn::FeedForward, nn::RmsNorm>{
      .width = 8, .heads = 4, .dropout = 0.1f, .positions = nn::PositionKind::rotary, .key_heads = 2};
  CHECK_LAYER(layer, normal({9, 8}), normal({10, 8}), ragged, memory_lengths);
  CHECK(layer.cross_attention.positions == nn::PositionKind::none);
  CHECK(layer.cross_attention.key_heads == 2);
}

TEST_CASE("Decoder", "[nn]") {
  seed(1);
  CHECK_LAYER(nn::Decoder<>{.width = 4, .heads = 2, .depth = 2}, normal({9, 4}), normal({10, 4}), ragged,
              memory_lengths);
  CHECK_LAYER(nn::Decoder<>{.width = 4, .heads = 2, .depth = 2, .placement = nn::NormPlacement::after}, normal({9, 4}),
              normal({10, 4}), ragged, memory_lengths);
}

TEST_CASE("EncoderDecoder", "[nn]") {
  seed(1);
  for (const auto positions : {nn::PositionKind::sinusoidal, nn::PositionKind::learned, nn::PositionKind::rotary})
    CHECK_LAYER(
        TargetFirst<nn::EncoderDecoder<>>{.vocabulary = 11, .width = 4, .heads = 2, .depth = 1, .positions = positions},
        tokens_below(11, 9), tokens_below(11, 10), ragged, memory_lengths);

  auto model = nn::EncoderDecoder<>{.vocabulary = 11, .width = 4, .heads = 2, .depth = 1, .dropout = 0};
  const Tensor source = tokens_below(11, 10), input = tokens_below(11, 9);
  const Tensor labels = tensor<std::int64_t>({1, 2, -100, 4, 5, 6, 7, -100, 10});
  const Tensor expected = cross_entropy(model(source, memory_lengths, input, ragged), labels, {.label_smoothing = 0.1});
  CHECK(model.loss(source, memory_lengths, input, labels, ragged, 0.1).item() == Approx(expected.item()).epsilon(1e-5));

  // A token changes nothing before itself.
  const Tensor changed = tensor<std::int64_t>({0, 1, 2, 3, 4, 5, 6, 7, 9}),
               same = tensor<std::int64_t>({0, 1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(slice(model(source, memory_lengths, changed, ragged), 0, 0, 8).to_vector<float>() ==
        slice(model(source, memory_lengths, same, ragged), 0, 0, 8).to_vector<float>());
}

TEST_CASE("LanguageModel", "[nn]") {
  seed(1);
  for (const auto positions : {nn::PositionKind::sinusoidal, nn::PositionKind::learned, nn::PositionKind::rotary})
    CHECK_LAYER(nn::LanguageModel<>{.vocabulary = 11, .width = 4, .heads = 2, .depth = 2, .positions = positions},
                tokens_below(11, 9), ragged);
  const auto model = nn::LanguageModel<>{.vocabulary = 11, .width = 4, .heads = 2, .depth = 1, .dropout = 0};
  const Tensor tokens = tokens_below(11, 9), labels = tensor<std::int64_t>({1, 2, -100, 4, 5, 6, 7, -100, 10});
  CHECK(model.loss(tokens, labels, ragged).item() ==
        Approx(cross_entropy(model(tokens, ragged), labels).item()).epsilon(1e-5));
  CHECK_THROWS_MATCHES(
      (nn::LanguageModel<>{
          .vocabulary = 11, .width = 2, .heads = 1, .depth = 0, .longest = 4, .positions = nn::PositionKind::learned}(
          tokens, ragged)),
      Error,
      Message("TokenEmbedding{vocabulary = 11, width = 2, positions = learned, longest = 4, dropout = "
              "0.1, embedding_width = 2, tied = true, scale = 1.4142135623730951}: the longest sequence is 5, but at "
              "most 4 (longest) is possible"));
}

TEST_CASE("transformers are rebuilt from config.json alone", "[nn]") {
  seed(1);
  const auto model =
      nn::EncoderDecoder<nn::MultiHeadAttention, nn::FeedForward, nn::RmsNorm>{.vocabulary = 11,
                                                                               .width = 8,
                                                                               .heads = 4,
                                                                               .depth = 1,
                                                                               .decoder_depth = 2,
                                                                               .key_heads = 2,
                                                                               .positions = nn::PositionKind::learned,
                                                                               .placement = nn::NormPlacement::after,
                                                                               .dropout = 0};
  TemporaryFolder folder;
  nn::save_config(model, folder.file("config.json"));
  nn::save(model, folder.file("model.safetensors"));
  seed(2);
  auto rebuilt = nn::load_config<nn::EncoderDecoder<nn::MultiHeadAttention, nn::FeedForward, nn::RmsNorm>>(
      folder.file("config.json"));
  nn::load(rebuilt, folder.file("model.safetensors"));
  const Tensor source = tokens_below(11, 10), target = tokens_below(11, 9);
  CHECK(model(source, memory_lengths, target, ragged).to_vector<float>() ==
        rebuilt(source, memory_lengths, target, ragged).to_vector<float>());

  const auto language = nn::LanguageModel<>{
      .vocabulary = 11, .width = 8, .heads = 4, .depth = 2, .key_heads = 1, .positions = nn::PositionKind::rotary};
  CHECK(nn::to_json(nn::from_json<nn::LanguageModel<>>(nn::to_json(language))) == nn::to_json(language));
}
