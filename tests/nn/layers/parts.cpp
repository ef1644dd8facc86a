// Models with every sublayer of parts.h.
#include "parts.h"

#include "catch.h"
#include "layers_check.h"
#include "nn/difference.h"
#include "nn/temporary_folder.h"

using namespace heed;

namespace {

const Sequences ragged{3, 0, 1, 5};

/// Makes every parameter random, so that all have an effect, unlike ReZero's initial 0.
template <class Model>
void begin_random(const Model& model) {
  for (const auto& [path, parameter] : nn::named_parameters(model))
    no_grad([&, &p = parameter] { assign(p, p + normal(p.shape(), 0, 0.2, p.dtype())); });
}

template <class Model>
void check_steps(const Model& given, const Tensor& tokens) {
  auto model = nn::to(given, float64);
  nn::eval(model);
  const Tensor whole = no_grad([&] { return model(tokens, Sequences{9}); });
  auto state = model.initial_state(1);
  for (const auto& [begin, end] : {std::pair{0, 4}, {4, 5}, {5, 8}, {8, 9}}) {
    const Tensor next = model.decode_step(state, slice(tokens, 0, begin, end), Sequences{end - begin});
    CHECK(difference(next, slice(whole, 0, end - 1, end)) < 1e-12);
  }
}

/// Checks that the model rebuilt from JSON has the same settings and paths, and with the same values the same outputs.
template <class Model>
void check_json(const Model& given, const Tensor& tokens) {
  auto model = nn::clone(given);
  nn::eval(model);
  const std::string json = nn::to_json(model);
  Model rebuilt = nn::from_json<Model>(json);
  CHECK(nn::to_json(rebuilt) == json);
  const TemporaryFolder folder;
  nn::save(model, folder.file("model.safetensors"));
  nn::load(rebuilt, folder.file("model.safetensors"));
  nn::eval(rebuilt);
  CHECK(rebuilt(tokens, ragged).template to_vector<float>() == model(tokens, ragged).template to_vector<float>());
}

}  // namespace

TEST_CASE("a stack with each kind of sublayer passes nn::check", "[nn]") {
  seed(1);
  parts::each_model([](const std::string& name, const parts::LanguageModel& model) {
    INFO(name);
    begin_random(model);
    CHECK_LAYER(model.layers, normal({9, parts::width}), nn::Pass(ragged, {.mask = causal()}));
  });
}

TEST_CASE("a language model with each kind of sublayer: as a layer, token by token, and from JSON", "[nn]") {
  seed(2);
  const Tensor tokens = randint(0, parts::vocabulary, {9});
  parts::each_model([&](const std::string& name, const parts::LanguageModel& model) {
    INFO(name);
    begin_random(model);
    check_steps(model, tokens);
    check_json(model, tokens);
  });
}

TEST_CASE("attention with each positional encoding is bidirectional", "[nn]") {
  seed(3);
  for (const auto& positions : parts::attention_positions()) {
    CAPTURE(positions.variant().index());
    CHECK_LAYER(parts::attentions(positions)[0], normal({9, parts::width}), nn::Pass(ragged));
  }
}

TEST_CASE("a decoder layer with each kind of residual connection and cross-attention", "[nn]") {
  seed(4);
  const auto check = [](const nn::CrossAttention& cross_attention, const parts::Residual& residual) {
    const nn::Pass pass(ragged, {}, nn::Memory{normal({10, cross_attention.memory_width}), Sequences{2, 4, 1, 3}});
    const nn::DecoderLayer layer{.dropout = 0.1f,
                                 .attention = nn::MultiHeadAttention<>{.width = parts::width, .heads = parts::heads},
                                 .cross_attention = cross_attention,
                                 .feed_forward = nn::FeedForward{.width = parts::width, .hidden = 6},
                                 .attention_residual = residual,
                                 .cross_attention_residual = residual,
                                 .feed_forward_residual = residual};
    INFO(nn::to_json(layer));
    begin_random(layer);
    CHECK_LAYER(layer, normal({9, parts::width}), pass);
    using Layer = std::remove_const_t<decltype(layer)>;
    CHECK(nn::to_json(nn::from_json<Layer>(nn::to_json(layer))) == nn::to_json(layer));
  };
  for (const parts::Residual& residual : parts::residuals()) check(parts::cross_attentions(6)[0], residual);
  for (const nn::CrossAttention& attention : parts::cross_attentions(8)) check(attention, parts::residuals()[0]);
}
