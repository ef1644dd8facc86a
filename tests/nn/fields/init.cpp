// Also tests nn/fields/branches.h.
#include <heed/heed.h>

#include <algorithm>
#include <cmath>

#include "catch.h"
#include "nn/layers/parts.h"
#include "nn/models/small_models.h"
#include "nn/temporary_folder.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

struct Moments {
  double mean, stddev, largest;
};
Moments moments(const Tensor& x) {
  double sum = 0, squares = 0, largest = 0;
  const auto values = cast(x.detach(), float64).to_vector<double>();
  for (const double value : values) {
    sum += value;
    squares += value * value;
    largest = std::max(largest, std::abs(value));
  }
  const auto n = static_cast<double>(values.size());
  return {sum / n, std::sqrt(squares / n), largest};
}

/// Parameters called by names of their own, two of them without a shape that says what they are.
struct Mlp {
  Size width, inner = 64;
  nn::Parameter enter{{inner, width}, zeros}, enter_shift{{inner}, ones, nn::Role::bias};
  nn::Linear leave{.in = inner, .out = width};
  nn::Parameter strength{{}, ones, nn::Role::scale};
  static constexpr auto output_projection = &Mlp::leave;
  static constexpr auto branch_weights = std::tuple(&Mlp::enter, &Mlp::leave);

  Tensor operator()(const Tensor& x) const { return strength * leave(relu(linear(x, enter, enter_shift))); }
};

/// A residual block of its own, with no part of the library's but the attention.
struct Block {
  Size width;
  nn::MultiHeadAttention<> mixer{.width = width, .heads = 2};
  Mlp part{.width = width};
  static constexpr auto branches = std::tuple(&Block::mixer, &Block::part);
};

/// Says nothing about itself.
struct Silent {
  Size width;
  nn::Linear up{.in = width, .out = width};
  Tensor operator()(const Tensor& x) const { return up(x); }
};

/// A field that has the name of a static member, and a stack of biases.
struct Experts {
  Size width, count, branches = 3;
  nn::Parameter weights{{count, width, width}, zeros}, shifts{{count, width}, ones, nn::Role::bias};
};

struct OneAxis {
  nn::Parameter temperature = ones({3});
};

template <class Model>
std::vector<std::pair<std::string, nn::Role>> roles(const Model& model) {
  std::vector<std::pair<std::string, nn::Role>> all;
  for (const auto& [path, parameter] : nn::named_parameters(model)) all.emplace_back(path, parameter.role());
  return all;
}

void check_biases(const nn::Linear& layer) {
  for (const float value : layer.bias->to_vector<float>()) CHECK(value == 0);
}

}  // namespace

TEST_CASE("init_xavier, init_he and init_truncated_normal have the standard deviations of the formulas", "[nn][init]") {
  seed(1);
  const auto layer = nn::Linear{.in = 200, .out = 100};
  nn::init_xavier(layer);
  CHECK(moments(layer.weight).largest <= std::sqrt(6.0 / 300));
  CHECK(moments(layer.weight).stddev == Approx(std::sqrt(2.0 / 300)).epsilon(0.02));
  check_biases(layer);
  nn::init_xavier(layer, 3);
  CHECK(moments(layer.weight).stddev == Approx(3 * std::sqrt(2.0 / 300)).epsilon(0.02));

  nn::init_he(layer);
  CHECK(moments(layer.weight).stddev == Approx(std::sqrt(2.0 / 200)).epsilon(0.02));
  CHECK(moments(layer.weight).mean == Approx(0).margin(0.005));
  check_biases(layer);

  nn::init_truncated_normal(layer, 0.1f);
  CHECK(moments(layer.weight).largest <= 0.2 + 1e-6);
  CHECK(moments(layer.weight).stddev == Approx(0.088).epsilon(0.02));  // of a normal cut at two deviations
  check_biases(layer);

  const auto convolution = nn::Conv2d{.in = 8, .out = 16, .kernel_size = 5};  // 200 inputs, 400 outputs
  nn::init_he(convolution);
  CHECK(moments(convolution.weight).stddev == Approx(std::sqrt(2.0 / 200)).epsilon(0.05));
  nn::init_xavier(convolution);
  CHECK(moments(convolution.weight).stddev == Approx(std::sqrt(2.0 / 600)).epsilon(0.05));

  const auto norm = nn::LayerNorm{.width = 3};
  nn::init_he(norm);
  CHECK(norm.scale.to_vector<float>() == std::vector<float>{1, 1, 1});
}

TEST_CASE("init_gpt2 draws output projections smaller", "[nn][init]") {
  seed(2);
  const auto model = small::encoder_decoder({.vocabulary = 50, .width = 64, .depth = 1});
  nn::init_gpt2(model, 4, 0.1f);
  const auto& layer = model.decoder.layers[0];
  for (const Tensor& half : {Tensor(layer.attention.output.weight), Tensor(layer.cross_attention.output.weight),
                             Tensor(layer.feed_forward.down.weight)})
    CHECK(moments(half).stddev == Approx(0.05).epsilon(0.05));
  for (const Tensor& whole : {Tensor(layer.attention.query.weight), Tensor(layer.feed_forward.up.weight),
                              Tensor(model.embedding.embedding.weight)})
    CHECK(moments(whole).stddev == Approx(0.1).epsilon(0.05));
  CHECK_THROWS_MATCHES(nn::init_gpt2(model, 0), Error, Message("init_gpt2: branches is 0, but it must be at least 1"));
}

TEST_CASE("init_deep_norm draws branch weights smaller", "[nn][init]") {
  seed(5);
  const auto model = small::encoder_decoder({.vocabulary = 50, .width = 64, .depth = 1});
  nn::init_deep_norm(model.decoder, 0.4f);
  const auto& layer = model.decoder.layers[0];
  const double square = std::sqrt(2.0 / 128), wide = std::sqrt(2.0 / 320);
  for (const Tensor& small : {Tensor(layer.attention.value.weight), Tensor(layer.attention.output.weight),
                              Tensor(layer.cross_attention.value.weight), Tensor(layer.cross_attention.output.weight)})
    CHECK(moments(small).stddev == Approx(0.4 * square).epsilon(0.05));
  for (const Tensor& small : {Tensor(layer.feed_forward.up.weight), Tensor(layer.feed_forward.down.weight)})
    CHECK(moments(small).stddev == Approx(0.4 * wide).epsilon(0.05));
  for (const Tensor& whole : {Tensor(layer.attention.query.weight), Tensor(layer.cross_attention.key.weight)})
    CHECK(moments(whole).stddev == Approx(square).epsilon(0.05));
  CHECK(moments(*layer.feed_forward.up.bias).largest == 0);
}

TEST_CASE("init_orthogonal keeps lengths", "[nn][init]") {
  seed(3);
  for (const auto& [in, out] : {std::pair{30, 30}, {40, 7}, {7, 40}, {1, 5}}) {
    const auto layer = nn::to(nn::Linear{.in = in, .out = out}, float64);
    nn::init_orthogonal(layer, 2);
    const Tensor w = layer.weight.detach();
    const Tensor products = in < out ? matmul(transpose(w), w) : matmul(w, transpose(w));
    const auto found = products.to_vector<double>();
    const auto n = static_cast<std::size_t>(std::min(in, out));
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) CHECK(found[i * n + j] == Approx(i == j ? 4 : 0).margin(1e-13));
    CHECK(moments(*layer.bias).largest == 0);
  }
  const auto convolution = nn::Conv1d{.in = 3, .out = 4, .kernel_size = 2};
  nn::init_orthogonal(convolution);
  const Tensor rows = reshape(convolution.weight.detach(), {4, 6});
  const auto products = matmul(rows, transpose(rows)).to_vector<float>();
  for (std::size_t i = 0; i < 16; ++i) CHECK(products[i] == Approx(i % 5 == 0 ? 1 : 0).margin(1e-6));

  const auto again = nn::Linear{.in = 5, .out = 3};
  seed(4);
  nn::init_orthogonal(again);
  const auto first = again.weight.to_vector<float>();
  seed(4);
  nn::init_orthogonal(again);
  CHECK(again.weight.to_vector<float>() == first);
}

TEST_CASE("every parameter of the library has a role", "[nn][init]") {
  const auto check = [](nn::AnyLayer model) {
    for (const auto& [path, parameter] : nn::named_parameters(model)) {
      INFO(path);
      CHECK(parameter.role() != nn::Role::unspecified);
    }
    nn::init_normal(model);
    for (const auto& [path, parameter] : nn::named_parameters(model)) {
      INFO(path);
      if (parameter.role() == nn::Role::bias) CHECK(moments(parameter).largest == 0);
      if (parameter.role() == nn::Role::weight) CHECK(moments(parameter).largest > 0);
    }
  };
  parts::each_model([&](const std::string& name, const parts::LanguageModel& model) {
    INFO(name);
    check(model);
    nn::init_gpt2(model, 4);
    nn::init_deep_norm(model, 0.5f);
  });
  for (const nn::CrossAttention& attention : parts::cross_attentions(6)) check(attention);
  check(nn::Sequential(nn::BatchNorm{.channels = 4}, nn::Conv1d{.in = 3, .out = 4, .kernel_size = 2},
                       nn::Conv2d{.in = 3, .out = 4, .kernel_size = 2}));
  check(nn::TokenEmbedding<>{.vocabulary = 9, .width = 4, .embedding_width = 2, .output_biased = true});
  check(nn::TokenEmbedding<>{.vocabulary = 9, .width = 4, .tied = false});
  check(nn::WithRegisters{.width = 8, .layers = parts::attentions()[0]});
  check(nn::ExpertChoice{.width = 4, .count = 3});
  check(nn::BertForPretraining{.bert = nn::bert({.vocabulary = 9, .width = 8, .heads = 2, .depth = 1})});
  check(nn::BertForSequenceClassification{.classes = 3,
                                          .bert = nn::bert({.vocabulary = 9, .width = 8, .heads = 2, .depth = 1})});
  const nn::TransformerConfig sizes{.vocabulary = 9, .width = 8, .heads = 2, .depth = 1};
  check(nn::transformer(sizes));
  check(nn::t5({.vocabulary = 9, .width = 8, .heads = 2, .depth = 1}));
  const auto recurrent = [&]<class Attention>(Attention) {
    check(nn::RecurrentEncoderDecoder<Attention>{.source_vocabulary = 9, .target_vocabulary = 9, .width = 4});
  };
  recurrent(nn::NoAttention{.width = 1});
  recurrent(nn::AdditiveAttention{.width = 1});
  recurrent(nn::DotAttention{.width = 1});
  recurrent(nn::GeneralAttention{.width = 1});
  recurrent(nn::ConcatAttention{.width = 1});
}

TEST_CASE("initialisation sets recurrent biases to 0 and draws score weights", "[nn][init]") {
  seed(6);
  const nn::Gru gru{.in = 3, .width = 4, .bidirectional = true};
  const nn::Lstm lstm{.in = 3, .width = 4};
  nn::init_xavier(gru);
  nn::init_orthogonal(lstm);
  for (const Tensor& bias :
       {Tensor(gru.forward[0].input_bias), Tensor(gru.forward[0].hidden_bias), Tensor(gru.backward[0].input_bias),
        Tensor(gru.backward[0].hidden_bias), Tensor(lstm.forward[0].input_bias), Tensor(lstm.forward[0].hidden_bias)})
    CHECK(moments(bias).largest == 0);
  CHECK(moments(gru.forward[0].hidden_weight).largest > 0);

  const nn::AdditiveAttention attention{.width = 400};  // a vector of 400 inputs of one output
  nn::init_xavier(attention);
  CHECK(moments(attention.score_weight).stddev == Approx(std::sqrt(2.0 / 401)).epsilon(0.1));
  nn::init_he(attention);
  CHECK(moments(attention.score_weight).stddev == Approx(std::sqrt(2.0 / 400)).epsilon(0.1));
  nn::init_orthogonal(attention, 3);
  CHECK(norm(attention.score_weight.detach()).item() == Approx(3));
}

TEST_CASE("a layer of a user's own is initialised whatever its fields are called", "[nn][init]") {
  seed(7);
  const Block block{.width = 64};
  nn::init_normal(block, 0.1f);
  CHECK(moments(block.part.enter).stddev == Approx(0.1).epsilon(0.05));
  CHECK(moments(block.part.enter_shift).largest == 0);
  check_biases(block.part.leave);
  CHECK(block.part.strength.item() == 1);

  nn::init_gpt2(block, 4, 0.1f);
  for (const Tensor& half : {Tensor(block.mixer.output.weight), Tensor(block.part.leave.weight)})
    CHECK(moments(half).stddev == Approx(0.05).epsilon(0.05));
  for (const Tensor& whole : {Tensor(block.mixer.value.weight), Tensor(block.part.enter)})
    CHECK(moments(whole).stddev == Approx(0.1).epsilon(0.05));

  nn::init_deep_norm(block, 0.5f);
  const double square = std::sqrt(2.0 / 128);
  for (const Tensor& small : {Tensor(block.mixer.value.weight), Tensor(block.mixer.output.weight),
                              Tensor(block.part.enter), Tensor(block.part.leave.weight)})
    CHECK(moments(small).stddev == Approx(0.5 * square).epsilon(0.05));
  CHECK(moments(block.mixer.key.weight).stddev == Approx(square).epsilon(0.05));

  const nn::EncoderLayer wrapped{.attention = nn::MultiHeadAttention<>{.width = 64, .heads = 2},
                                 .feed_forward = nn::WithPrecision<nn::OneOf<Mlp, Silent>>{.layer = Mlp{.width = 64}}};
  nn::init_gpt2(wrapped, 4, 0.1f);
  const Mlp& part = std::get<Mlp>(wrapped.feed_forward.layer.variant());
  CHECK(moments(part.leave.weight).stddev == Approx(0.05).epsilon(0.05));
  CHECK(moments(part.enter).stddev == Approx(0.1).epsilon(0.05));

  const Experts experts{.width = 4, .count = 3};
  nn::init_normal(experts);
  CHECK(moments(experts.weights).largest > 0);
  CHECK(moments(experts.shifts).largest == 0);
}

TEST_CASE("experts of a user's own take the branch weights of their mixture", "[nn][init]") {
  seed(8);
  const nn::MixtureOfExperts<Mlp> mixture{.width = 64, .count = 2};
  nn::init_deep_norm(mixture, 0.5f);
  CHECK(moments(mixture.router.weight).stddev == Approx(0.5 * std::sqrt(2.0 / 66)).epsilon(0.2));
  CHECK(moments(mixture.experts[1].enter).stddev == Approx(0.5 * std::sqrt(2.0 / 128)).epsilon(0.05));
  const nn::MixtureOfExperts<Silent> silent{.width = 64, .count = 2};
  nn::init_deep_norm(silent, 0.5f);
  CHECK(moments(silent.experts[1].up.weight).stddev == Approx(0.5 * std::sqrt(2.0 / 128)).epsilon(0.05));
}

TEST_CASE("a role stays with its field", "[nn][init]") {
  using nn::Role;
  const std::vector<std::pair<std::string, Role>> expected = {{"enter", Role::weight},
                                                              {"enter_shift", Role::bias},
                                                              {"leave.weight", Role::weight},
                                                              {"leave.bias", Role::bias},
                                                              {"strength", Role::scale}};
  Mlp layer{.width = 3, .inner = 2};
  CHECK(roles(layer) == expected);
  CHECK(roles(nn::clone(layer)) == expected);
  CHECK(roles(nn::to(layer, float64)) == expected);
  CHECK(roles(nn::from_json<Mlp>(nn::to_json(layer))) == expected);
  const TemporaryFolder folder;
  nn::save(layer, folder.file("layer"));
  nn::load(layer, folder.file("layer"));
  CHECK(roles(layer) == expected);
  CHECK(nn::parameters(layer)[1].role() == Role::bias);

  layer.enter_shift = ones({2});
  layer.leave.bias = nn::Parameter(ones({3}));
  layer.strength = nn::Parameter(ones({}));
  CHECK(roles(layer) == expected);
  layer.enter_shift = nn::Parameter(ones({2}), Role::scale);
  CHECK(layer.enter_shift.role() == Role::scale);
  nn::Parameter moved{{2, 2}, zeros, Role::bias};
  moved = nn::Parameter(ones({4, 2}));
  CHECK(moved.role() == Role::bias);
  CHECK(moved.shape() == Shape{4, 2});
}

TEST_CASE("initialisation refuses what it cannot know, and writes nothing", "[nn][init]") {
  const nn::Sequential with_vector(nn::Linear{.in = 3, .out = 3}, nn::WithPrecision<OneAxis>{});
  const auto weight = std::get<0>(with_vector.layers()).weight.to_vector<float>();
  CHECK_THROWS_MATCHES(
      nn::init_he(with_vector), Error,
      Message("init_he: the role of 1.layer.temperature, which is [3], is not known: a parameter with fewer than two "
              "axes must be made with Role::weight, Role::bias or Role::scale"));
  CHECK(std::get<0>(with_vector.layers()).weight.to_vector<float>() == weight);

  const nn::Linear plain{.in = 3, .out = 3};
  CHECK_THROWS_MATCHES(nn::init_gpt2(plain, 2), Error,
                       Message("init_gpt2: no layer of the model names its output projection by a member static "
                               "constexpr auto output_projection"));
  CHECK_THROWS_MATCHES(nn::init_deep_norm(plain, 0.5f), Error,
                       Message("init_deep_norm: no layer of the model names its branch weights by a member static "
                               "constexpr auto branch_weights"));

  const nn::Stack half{.layers = nn::repeat(2, [](int) {
                         return nn::EncoderLayer{.attention = nn::MultiHeadAttention<>{.width = 4, .heads = 2},
                                                 .feed_forward = Silent{.width = 4}};
                       })};
  const auto query = half.layers[0].attention.query.weight.to_vector<float>();
  CHECK_THROWS_MATCHES(
      nn::init_gpt2(half, 4), Error,
      Message("init_gpt2: layers.0.feed_forward, a Silent, is a residual branch that does not name its "
              "output projection: its type must have the member static constexpr auto "
              "output_projection"));
  CHECK_THROWS_MATCHES(nn::init_deep_norm(half, 0.5f), Error,
                       Message("init_deep_norm: layers.0.feed_forward, a Silent, is a residual branch that does not "
                               "name its branch weights: its type must have the member static constexpr auto "
                               "branch_weights"));
  CHECK(half.layers[0].attention.query.weight.to_vector<float>() == query);
  nn::init_normal(half);

  const Tensor number = full({}, 7);
  const nn::Linear repeated{.in = 3, .out = 3, .weight = broadcast_to(number, {3, 3})};
  CHECK_THROWS_MATCHES(nn::init_xavier(repeated), Error,
                       Message("init_xavier: weight is [3, 3] with strides [0, 0], so one element may stand in several "
                               "places"));
}
