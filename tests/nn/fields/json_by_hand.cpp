// Models of layers of several types, rebuilt from their JSON alone.
#include <heed/heed.h>

#include "catch.h"
#include "nn/temporary_folder.h"

using namespace heed;

namespace {

using Attention = nn::MultiHeadAttention<nn::Rotary>;
using Dense = nn::EncoderLayer<Attention, nn::SwigluFeedForward, nn::PreNorm<nn::RmsNorm>>;
using Sparse = nn::EncoderLayer<Attention, nn::MixtureOfExperts<nn::FeedForward, nn::Switch>, nn::Sandwich<>>;
using Layer = nn::OneOf<Dense, Sparse>;
using Layers = nn::WithRegisters<nn::Stack<Layer, nn::RmsNorm, nn::DistanceBuckets>>;
using Model = nn::LanguageModel<nn::TokenEmbedding<nn::LearnedPositions>, Layers>;

/// Model with registers, a window in every second layer, experts in the last, relative positions shared by all layers,
/// and a feed-forward layer shared by two.
Model by_hand() {
  std::vector<Layer> layers = nn::repeat(4, [](int i) -> Layer {
    const Attention attention{.width = 8, .heads = 2, .window = i % 2 == 0 ? 0 : 3, .query_key_norm = i == 2};
    if (i == 3)
      return Sparse{.attention = attention, .feed_forward = {.width = 8, .count = 3, .hidden = 5, .shared = 1}};
    return Dense{.attention = attention, .feed_forward = {.width = 8, .hidden = i == 1 ? 5 : 7}};
  });
  std::get<Dense>(layers[2].variant()).feed_forward = std::get<Dense>(layers[0].variant()).feed_forward;
  std::get<Dense>(layers[2].variant()).attention.positions.base = 100;
  return {.embedding = {.vocabulary = 11,
                        .width = 8,
                        .first_position = 2,
                        .tied = false,
                        .positions = {.max_length = 20, .width = 8}},
          .layers = {.width = 8,
                     .count = 2,
                     .layers = {.layers = std::move(layers), .positions = {.heads = 2, .buckets = 8, .stddev = 1}}}};
}

template <class T>
void check_refused(const std::string& json, const std::string& sentence) {
  CHECK_THROWS_WITH(nn::from_json<T>(json), sentence);
}

}  // namespace

TEST_CASE("a model of layers of several types is rebuilt from its JSON", "[json]") {
  seed(1);
  Model model = by_hand();
  nn::eval(model);
  const TemporaryFolder folder;
  nn::save_config(model, folder.file("config.json"));
  nn::save(model, folder.file("model.safetensors"));
  seed(2);
  Model rebuilt = nn::load_config<Model>(folder.file("config.json"));
  nn::load(rebuilt, folder.file("model.safetensors"));
  nn::eval(rebuilt);
  CHECK(nn::to_json(rebuilt) == nn::to_json(model));
  CHECK(nn::parameter_count(rebuilt) == nn::parameter_count(model));
  const auto dense = [](const Model& of, std::size_t i) {
    return std::get<Dense>(of.layers.layers.layers[i].variant());
  };
  CHECK(dense(rebuilt, 1).attention.window == 3);
  CHECK(dense(rebuilt, 2).feed_forward.up.weight.is(dense(rebuilt, 0).feed_forward.up.weight));
  const Tensor tokens = randint(0, 11, {9});
  const Sequences ragged{3, 0, 1, 5};
  CHECK(rebuilt(tokens, ragged).to_vector<float>() == model(tokens, ragged).to_vector<float>());
}

TEST_CASE("JSON of other sublayers than the model's is refused", "[json]") {
  using Learned = nn::MultiHeadAttention<nn::ClippedDistances>;
  const std::string learned = nn::to_json(Learned{.width = 8, .heads = 2});
  check_refused<Attention>(learned,
                           "from_json: positions is a ClippedDistances in the JSON, but a Rotary in the model");
  const nn::EncoderLayer layer{.attention = Learned{.width = 8, .heads = 2},
                               .feed_forward = nn::SwigluFeedForward{.width = 8},
                               .attention_residual = nn::PreNorm<nn::RmsNorm>{.width = 8}};
  check_refused<nn::Stack<Dense>>(
      nn::to_json(nn::Stack{.layers = std::vector{layer}}),
      "from_json: layers.0.attention.positions is a ClippedDistances in the JSON, but a Rotary in the model");
  check_refused<nn::GegluFeedForward>(nn::to_json(nn::SwigluFeedForward{.width = 8}),
                                      "from_json: activation is a Swiglu in the JSON, but a Geglu in the model");
  using Mixed = nn::OneOf<nn::FeedForward, nn::GegluFeedForward, nn::SwigluFeedForward>;
  CHECK(nn::from_json<Mixed>(nn::to_json(nn::SwigluFeedForward{.width = 8})).variant().index() == 2);
  check_refused<nn::Stack<Layer>>(
      R"({"layers": [{"type": "ParallelLayer"}]})",
      "from_json: layers.0 is a ParallelLayer, but it can be one of EncoderLayer, EncoderLayer");
}

TEST_CASE("JSON with unknown or missing keys of a sublayer is refused", "[json]") {
  const auto attention = [](const std::string& positions) {
    return R"({"type": "MultiHeadAttention", "width": 8, "heads": 2, "positions": )" + positions + "}";
  };
  CHECK(nn::from_json<Attention>(attention(R"({"type": "Rotary", "width": 2})")).positions.width == 2);
  CHECK(nn::from_json<Attention>(R"({"width": 8, "heads": 2, "window": 3})").positions.width == 4);
  check_refused<Attention>(
      attention(R"({"type": "Rotary", "width": 4, "max_distance": 3})"),
      "from_json: positions (Rotary) has no field max_distance; its fields are width, base, pairs, "
      "scaling, factor, trained_length");
  check_refused<Attention>(attention(R"({"type": "Rotary", "base": 3})"),
                           "from_json: the JSON has no positions.width, without which no Rotary can be built");
  check_refused<Dense>(R"({"attention": {"width": 8, "heads": 2}})",
                       "from_json: the JSON has no dropout, without which no EncoderLayer can be built");
  check_refused<Dense>(R"({"dropout": 0, "stochastic_depth": 0, "attention": {"width": 8, "heads": 2}})",
                       "from_json: the JSON has no feed_forward, without which no EncoderLayer can be built");
  std::string json = nn::to_json(by_hand());
  const std::string path = "layers.layers.layers.0.feed_forward.up.weight";
  REQUIRE(json.find(path) != std::string::npos);
  json.replace(json.find(path), path.size(), "layers.layers.layers.9.feed_forward.up.weight");
  check_refused<Model>(
      json,
      "from_json: shared parameters has layers.layers.layers.9.feed_forward.up.weight, but the model has no "
      "parameter of this path");
}

TEST_CASE("a OneOf may hold a OneOf or a Sequential", "[json]") {
  using Inner = nn::OneOf<nn::FeedForward, nn::ReluFeedForward>;
  using Pair = nn::Sequential<nn::Linear, nn::Relu>;
  using Part = nn::OneOf<Inner, nn::SwigluFeedForward, Pair>;
  const auto layer = [](const Part& part) {
    return nn::EncoderLayer{.attention = nn::MultiHeadAttention<>{.width = 4, .heads = 2}, .feed_forward = part};
  };
  using OfPart = decltype(layer(Part(nn::SwigluFeedForward{.width = 4})));
  for (const Part& part :
       {Part(Inner(nn::FeedForward{.width = 4})), Part(Inner(nn::ReluFeedForward{.width = 4})),
        Part(nn::SwigluFeedForward{.width = 4}), Part(Pair{nn::Linear{.in = 4, .out = 4}, nn::Relu{}})}) {
    const OfPart made = layer(part);
    const OfPart built = nn::from_json<OfPart>(nn::to_json(made));
    CHECK(nn::to_json(built) == nn::to_json(made));
    CHECK(built.feed_forward.variant().index() == part.variant().index());
  }
}

TEST_CASE("JSON with an empty key, or with a chain of shared parameters, is refused", "[json]") {
  check_refused<nn::Linear>(R"({"in": 3, "out": 2, "": 1})",
                            "from_json: Linear has no field ; its fields are in, out, biased");
  using Pair = nn::Sequential<nn::Linear, nn::Linear>;
  const auto with = [](const std::string& shared) {
    return R"({"layers": [{"in": 2, "out": 2}, {"in": 2, "out": 2}], "shared parameters": )" + shared + "}";
  };
  check_refused<Pair>(with(R"({"1.weight": "0.weight", "0.weight": "1.weight"})"),
                      "from_json: 1.weight shares 0.weight, which itself shares another: it must be the first path of "
                      "the parameter");
}
