// Also tests nn/layers/checkpointed.h, nn/layers/decoder_layer.h, nn/models/encoder_decoder.h, nn/models/gpt.h.
// Also tests nn/models/language_model.h, nn/positions/positions.h.
#include <heed/heed.h>

#include <cmath>

#include "catch.h"
#include "nn/difference.h"
#include "nn/layers/layers_check.h"
#include "nn/temporary_folder.h"
#include "small_models.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

const Sequences ragged{3, 0, 1, 5}, memory_lengths{2, 4, 1, 3};

Tensor tokens_below(std::int64_t n, std::int64_t count) {
  return cast(uniform({count}, 0, static_cast<double>(n)), int64);
}

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

TEST_CASE("MultiHeadAttention with fewer key heads, and with other key and value widths", "[nn]") {
  seed(1);
  const nn::Pass pass(ragged), before(ragged, {.mask = causal()}),
      with_memory(ragged, {}, nn::Memory{normal({10, 7}), memory_lengths});
  CHECK_LAYER(nn::MultiHeadAttention<>{.width = 8, .heads = 4, .key_heads = 2}, normal({9, 8}), pass);
  CHECK_LAYER(nn::MultiHeadAttention<nn::Rotary>{.width = 8, .heads = 4, .key_heads = 1}, normal({9, 8}), before);
  const auto self = nn::MultiHeadAttention<>{.width = 5, .heads = 2, .key_width = 4, .value_width = 3, .biased = false};
  CHECK_LAYER(self, normal({9, 5}), pass);
  CHECK(nn::parameter_count(self) == 2 * 4 * 5 + 2 * 4 * 5 + 2 * 3 * 5 + 5 * 2 * 3);
  const auto cross =
      nn::CrossAttention{.width = 5, .heads = 2, .key_width = 4, .value_width = 3, .memory_width = 7, .biased = false};
  CHECK_LAYER(cross, normal({9, 5}), with_memory);
  CHECK(nn::parameter_count(cross) == 2 * 4 * 5 + 2 * 4 * 7 + 2 * 3 * 7 + 5 * 2 * 3);
  CHECK_THROWS_MATCHES(
      (nn::MultiHeadAttention<>{.width = 8, .heads = 4, .key_heads = 3}(normal({9, 8}), ragged)), Error,
      Message("MultiHeadAttention{width = 8, heads = 4, dropout = 0, key_heads = 3, key_width = 2, value_width = 2, "
              "window = 0, scale = 0.7071067811865475, biased = true, query_key_norm = false, gated = false}: "
              "key_heads must divide heads"));
  CHECK_THROWS_WITH((nn::CrossAttention{.width = 8, .heads = 3}(normal({9, 8}), with_memory)),
                    Catch::Matchers::EndsWith("heads must divide width"));
}

TEST_CASE("attention with normalised queries and keys, and with a gate", "[nn]") {
  seed(6);
  const auto with_random = [](const auto& made) {
    const auto layer = nn::to(made, float64);
    for (const auto& [path, parameter] : nn::named_parameters(layer))
      no_grad([&, &p = parameter] { assign(p, normal(p.shape(), 0, 1, float64)); });
    return layer;
  };
  const Tensor x = normal({9, 8}, 0, 1, float64), memory = normal({10, 8}, 0, 1, float64);
  const auto by_head = [](const Tensor& y, std::int64_t heads) { return reshape(y, {y.size(0), heads, 2}); };
  const auto scaled = [](const nn::RmsNorm& norm, const Tensor& y) {
    return norm.scale * y / sqrt(mean(y * y, {-1}, true) + static_cast<double>(norm.epsilon));
  };
  const Tensor places = ragged.positions();
  const auto self = with_random(nn::MultiHeadAttention<nn::Rotary>{
      .width = 8, .heads = 4, .key_heads = 2, .query_key_norm = true, .gated = true});
  const Tensor queries = self.positions(scaled(*self.query_norm, by_head(self.query(x), 4)), places, RotarySide::query),
               keys = self.positions(scaled(*self.key_norm, by_head(self.key(x), 2)), places, RotarySide::key);
  const Tensor mixed = attention(queries, keys, by_head(self.value(x), 2), ragged);
  CHECK(difference(self(x, ragged), self.output(reshape(mixed, {9, 8}) / (1 + exp(-(*self.gate)(x))))) < 1e-12);
  CHECK_LAYER(self, x, nn::Pass(ragged));

  const auto cross =
      with_random(nn::CrossAttention{.width = 8, .heads = 4, .key_heads = 2, .query_key_norm = true, .gated = true});
  const nn::Pass pass(ragged, {}, nn::Memory{memory, memory_lengths});
  const Tensor read = attention(scaled(*cross.query_norm, by_head(cross.query(x), 4)),
                                scaled(*cross.key_norm, by_head(cross.key(memory), 2)), by_head(cross.value(memory), 2),
                                ragged, memory_lengths);
  CHECK(difference(cross(x, pass), cross.output(reshape(read, {9, 8}) / (1 + exp(-(*cross.gate)(x))))) < 1e-12);
  CHECK_LAYER(cross, x, pass);
}

TEST_CASE("MultiHeadAttention with a window and a custom scale", "[nn]") {
  seed(7);
  const Tensor x = normal({9, 8});
  const nn::MultiHeadAttention<> plain{.width = 8, .heads = 2};
  auto near = plain;
  near.window = 2;
  const auto rows = [&](const auto& layer, const AttentionOptions& options) {
    return layer(x, nn::Pass(ragged, options)).template to_vector<float>();
  };
  CHECK(rows(near, {}) == rows(plain, {.mask = window(2)}));
  CHECK(rows(near, {.mask = causal()}) == rows(plain, {.mask = causal() & window(2)}));
  CHECK(rows(near, {}) != rows(plain, {}));
  CHECK_LAYER(near, x, nn::Pass(ragged, {.mask = causal()}));
  CHECK_LAYER((nn::MultiHeadAttention<nn::TransformerXlDistances>{.width = 8, .heads = 2, .window = 3, .scale = 1}), x,
              nn::Pass(ragged, {.mask = causal()}));
  auto unscaled = plain;
  unscaled.scale = 1;
  CHECK(rows(unscaled, {}) == rows(plain, {.scale = 1.0}));
  CHECK(rows(unscaled, {.scale = 0.5}) == rows(plain, {}));  // the pass's scale takes precedence
}

TEST_CASE("attention with custom sizes in a whole model", "[nn]") {
  seed(7);
  const auto wide = [](int) {
    return nn::EncoderLayer{
        .dropout = 0.2f,
        .attention =
            nn::MultiHeadAttention<>{.width = 8, .heads = 2, .dropout = 0.2f, .key_width = 8, .value_width = 2},
        .feed_forward = nn::FeedForward{.width = 8}};
  };
  const auto model = nn::gpt({.vocabulary = 11, .width = 8, .heads = 2, .depth = 2, .max_length = 8}, wide);
  CHECK(model.layers.layers[1].attention.key.weight.shape() == Shape{16, 8});
  CHECK(model.layers.layers[1].attention.value.weight.shape() == Shape{4, 8});
  CHECK_LAYER(model, tokens_below(11, 9), ragged);
  CHECK_THROWS_WITH((nn::EncoderLayer{.attention = nn::MultiHeadAttention<>{.width = 4, .heads = 2},
                                      .feed_forward = nn::FeedForward{.width = 6}}(normal({9, 4}), ragged)),
                    "EncoderLayer: attention.width is 4, but feed_forward.width is 6");
}

TEST_CASE("attention taps its queries and keys", "[nn]") {
  seed(1);
  const Tensor x = normal({9, 8}), memory = normal({10, 8});
  const auto check = [&](const auto& attention, const nn::Pass& pass, const Tensor& read, const Sequences& sequences) {
    const std::int64_t tokens = read.size(0);
    const nn::Taps taps{attention};
    const Tensor y = attention(x, pass);
    const Tensor &query = taps["query"], &key = taps["key"], value = reshape(attention.value(read), {tokens, 5});
    REQUIRE(query.shape() == Shape{9, 2, 4});
    REQUIRE(key.shape() == Shape{tokens, 1, 4});
    std::vector<Tensor> heads;
    for (std::int64_t head = 0; head < 2; ++head) {
      const Tensor of_head = reshape(slice(query, 1, head, head + 1), {9, 4});
      const Tensor scores = pair_dot(of_head, reshape(key, {tokens, 4}), ragged, sequences) / 2;
      heads.push_back(pair_weighted_sum(pair_softmax(scores, ragged, sequences), value, ragged, sequences));
    }
    const auto right = attention.output(concat(heads, 1)).template to_vector<float>(), found = y.to_vector<float>();
    for (std::size_t i = 0; i < right.size(); ++i) CHECK(found[i] == Approx(right[i]).margin(1e-5));
  };
  check(nn::MultiHeadAttention<nn::Rotary>{.width = 8, .heads = 2, .key_heads = 1, .value_width = 5}, ragged, x,
        ragged);
  check(nn::CrossAttention{.width = 8, .heads = 2, .key_heads = 1, .value_width = 5},
        nn::Pass(ragged, {}, nn::Memory{memory, memory_lengths}), memory, memory_lengths);
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
}

TEST_CASE("DecoderLayer", "[nn]") {
  seed(1);
  const nn::Pass pass(ragged, {}, nn::Memory{normal({10, 8}), memory_lengths});
  CHECK_LAYER(small::decoder_layer({}), normal({9, 8}), pass);
  CHECK_LAYER((small::decoder_layer<nn::Rotary, nn::PostNorm<>>({.heads = 4, .key_heads = 2})), normal({9, 8}), pass);
  const auto layer = small::decoder_layer<nn::NoPositions, nn::PostNorm<>>({.dropout = 0});
  const Tensor x = normal({9, 8});
  Tensor y = layer.attention_residual.norm(x + layer.attention(x, nn::Pass(ragged, {.mask = causal()})));
  y = layer.cross_attention_residual.norm(y + layer.cross_attention(y, pass));
  y = layer.feed_forward_residual.norm(y + layer.feed_forward(y));
  CHECK(layer(x, pass).to_vector<float>() == y.to_vector<float>());
  CHECK_THROWS_WITH(layer(x, ragged), Catch::Matchers::StartsWith("Pass: a layer reads the memory"));
}

TEST_CASE("a Stack of decoder layers", "[nn]") {
  seed(1);
  const nn::Pass pass(ragged, {}, nn::Memory{normal({10, 4}), memory_lengths});
  const small::Sizes sizes{.width = 4};
  const auto plain = small::stack(2, 4, [&] { return small::decoder_layer(sizes); });
  CHECK_LAYER(plain, normal({9, 4}), pass);
  CHECK_LAYER((nn::Stack{.layers = plain.layers, .norm = plain.norm, .call = nn::CheckpointedCall{}}), normal({9, 4}),
              pass);
  CHECK_LAYER(small::stack(2, 4, [&] { return small::decoder_layer<nn::NoPositions, nn::PostNorm<>>(sizes); }),
              normal({9, 4}), pass);
}

TEST_CASE("EncoderDecoder", "[nn]") {
  seed(1);
  const small::Sizes sizes{.width = 4, .depth = 1};
  const auto check = [](const auto& model) {
    CHECK_LAYER(small::TargetFirst{.model = model}, tokens_below(11, 9), tokens_below(11, 10), ragged, memory_lengths);
  };
  check(small::encoder_decoder(sizes));
  check(small::encoder_decoder<nn::LearnedPositions>(sizes));
  check(small::encoder_decoder<nn::NoPositions, nn::Rotary>(sizes));

  auto model = small::encoder_decoder({.width = 4, .depth = 1, .dropout = 0});
  const Tensor source = tokens_below(11, 10), input = tokens_below(11, 9);
  const Tensor labels = tensor<std::int64_t>({1, 2, -100, 4, 5, 6, 7, -100, 10});
  const Tensor expected = cross_entropy(model(source, memory_lengths, input, ragged), labels, {.label_smoothing = 0.1});
  CHECK(model.loss(source, memory_lengths, input, labels, ragged, 0.1).item() == Approx(expected.item()).epsilon(1e-5));

  // A token does not affect earlier outputs.
  const Tensor changed = tensor<std::int64_t>({0, 1, 2, 3, 4, 5, 6, 7, 9}),
               same = tensor<std::int64_t>({0, 1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(slice(model(source, memory_lengths, changed, ragged), 0, 0, 8).to_vector<float>() ==
        slice(model(source, memory_lengths, same, ragged), 0, 0, 8).to_vector<float>());
}

TEST_CASE("an EncoderDecoder with a separate target embedding", "[nn]") {
  seed(2);
  const auto same = small::encoder_decoder({.width = 4, .depth = 1, .dropout = 0});
  const nn::EncoderDecoder model{.embedding = same.embedding,
                                 .encoder = same.encoder,
                                 .decoder = same.decoder,
                                 .target_embedding = nn::TokenEmbedding<>{.vocabulary = 7, .width = 4}};
  CHECK_LAYER(small::TargetFirst{.model = model}, tokens_below(7, 9), tokens_below(11, 10), ragged, memory_lengths);
  const Tensor source = tokens_below(11, 10), target = tokens_below(7, 9);
  const Tensor y = model.target_embedding.logits(model.hidden(source, memory_lengths, target, ragged));
  REQUIRE(y.shape() == Shape{9, 7});
  CHECK(model(source, memory_lengths, target, ragged).to_vector<float>() == y.to_vector<float>());
}

TEST_CASE("LanguageModel", "[nn]") {
  seed(1);
  const small::Sizes sizes{.width = 4};
  CHECK_LAYER(small::language_model(sizes), tokens_below(11, 9), ragged);
  CHECK_LAYER(small::language_model<nn::LearnedPositions>(sizes), tokens_below(11, 9), ragged);
  CHECK_LAYER((small::language_model<nn::NoPositions, nn::Rotary>(sizes)), tokens_below(11, 9), ragged);
  const auto model = small::language_model({.width = 4, .depth = 1, .dropout = 0});
  const Tensor tokens = tokens_below(11, 9), labels = tensor<std::int64_t>({1, 2, -100, 4, 5, 6, 7, -100, 10});
  CHECK(model.loss(tokens, labels, ragged).item() ==
        Approx(cross_entropy(model(tokens, ragged), labels).item()).epsilon(1e-5));
  CHECK_THROWS_MATCHES(
      small::language_model<nn::LearnedPositions>({.width = 2, .heads = 1, .depth = 0, .max_length = 4})(tokens,
                                                                                                         ragged),
      Error,
      Message("TokenEmbedding{vocabulary = 11, width = 2, dropout = 0.1, embedding_width = 2, first_position = 0, "
              "tied = true, output_biased = false, scale = 1.4142135623730951, output_scale = 1, stddev = "
              "0.70710677}: the longest sequence is 5, but there are positions for 4 only"));
}

TEST_CASE("transformers are rebuilt from config.json alone", "[nn]") {
  seed(1);
  const auto model = small::encoder_decoder<nn::LearnedPositions, nn::NoPositions, nn::PostNorm<nn::RmsNorm>>(
      {.heads = 4, .depth = 1, .decoder_depth = 2, .key_heads = 2, .dropout = 0});
  TemporaryFolder folder;
  nn::save_config(model, folder.file("config.json"));
  nn::save(model, folder.file("model.safetensors"));
  seed(2);
  const auto rebuilt = nn::load_config<std::remove_const_t<decltype(model)>>(folder.file("config.json"));
  nn::load(rebuilt, folder.file("model.safetensors"));
  const Tensor source = tokens_below(11, 10), target = tokens_below(11, 9);
  CHECK(model(source, memory_lengths, target, ragged).to_vector<float>() ==
        rebuilt(source, memory_lengths, target, ragged).to_vector<float>());

  const auto language = small::language_model<nn::NoPositions, nn::Rotary>({.heads = 4, .key_heads = 1});
  CHECK(nn::to_json(nn::from_json<std::remove_const_t<decltype(language)>>(nn::to_json(language))) ==
        nn::to_json(language));
}
