#include <heed/graph/error.h>
#include <heed/graph/random.h>
#include <heed/heed.h>

#include <limits>

#include "catch.h"
#include "nn/layers/layers.h"
#include "nn/temporary_folder.h"

using namespace heed;
using namespace layers;

namespace {

enum class Old { none = 100 };

struct Everything {
  Size count;
  float rate;
  double precise = 0.1, derived = 2 * precise;
  bool flag = true;
  Norm norm = Norm::after;
  std::string text = "a \"text\"";
  Old old = Old::none;
  Size drawn = next_random_stream().stream;
  Parameter weight = ones({count});
};

struct WithBuffer {
  Size width, shared = 0;
  nn::Parameter first = ones({width});
  nn::Buffer second = ones({width});
};

struct Typed {
  bool type = true;
};

}  // namespace

TEST_CASE("hyperparameters become JSON, nested as the fields are, with the types of layers", "[json]") {
  CHECK(nn::to_json(Stack<>{.width = 2, .depth = 1}) == R"({
  "type": "Stack",
  "width": 2,
  "depth": 1,
  "name": "stack",
  "blocks": [
    {
      "type": "Block",
      "width": 2,
      "hidden": 8,
      "epsilon": 1e-05,
      "norm": "after",
      "up": {
        "type": "Dense",
        "in": 2,
        "out": 8,
        "biased": true
      },
      "down": {
        "type": "Dense",
        "in": 8,
        "out": 2,
        "biased": true
      },
      "drop": {
        "type": "Drop",
        "rate": 0.1
      },
      "identity": {
        "type": "Identity"
      }
    }
  ],
  "pair": [
    {
      "type": "Dense",
      "in": 2,
      "out": 2,
      "biased": true
    },
    {
      "type": "Dense",
      "in": 2,
      "out": 2,
      "biased": false
    }
  ],
  "tied": {
    "type": "Dense",
    "in": 3,
    "out": 2,
    "biased": true
  },
  "none": null,
  "shared parameters": {
    "tied.weight": "table"
  }
}
)");
  CHECK(nn::to_json(Identity{}) == "{\n  \"type\": \"Identity\"\n}\n");
}

TEST_CASE("a model is built from its JSON", "[json]") {
  const Stack<> model{.width = 2, .depth = 3, .name = "other"};
  const std::string json = nn::to_json(model);
  const auto built = nn::from_json<Stack<>>(json);
  CHECK(built.blocks.size() == 3);
  CHECK(nn::to_json(built) == json);
  CHECK(built.tied.weight.is(built.table));

  const Everything all{.count = 3, .rate = 0.1f, .precise = 1e300, .flag = false, .norm = Norm::before, .text = "\n"};
  const auto again = nn::from_json<Everything>(nn::to_json(all));
  CHECK(again.rate == all.rate);
  CHECK(again.precise == all.precise);
  CHECK(again.derived == all.derived);
  CHECK(again.flag == all.flag);
  CHECK(again.norm == all.norm);
  CHECK(again.text == all.text);
  CHECK(again.old == all.old);
  CHECK(nn::to_json(nn::from_json<Identity>("{}")) == nn::to_json(Identity{}));
}

TEST_CASE("absent keys have their defaults, which may depend on other keys", "[json]") {
  const auto block = nn::from_json<Block<>>(R"({"width": 3, "norm": "before"})");
  CHECK(block.hidden == 12);
  CHECK(block.epsilon == 1e-5f);
  CHECK(block.norm == Norm::before);
  CHECK(nn::from_json<Block<>>(R"({"width": 3, "hidden": 5})").up.out == 5);

  seed(7);
  const auto first = nn::from_json<Everything>(R"({"count": 3, "rate": 1, "old": 100})");
  CHECK(first.drawn == 0);  // models built to compute defaults draw no random numbers
  CHECK(first.derived == 0.2);
  CHECK(ambient().next_stream == 1);
}

TEST_CASE("JSON that does not fit is refused with a clear error", "[json]") {
  const auto complaint = [](const char* json) -> std::string {
    try {
      nn::from_json<Stack<>>(json);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  CHECK(complaint("{") == "from_json: the text is not valid JSON at byte 2");
  CHECK(complaint("[1]") == "from_json: the text is not a JSON object");
  CHECK(complaint(R"({"width": 1e999})") == "from_json: the text has a number that is too large");
  CHECK(complaint(std::string(1000, '[').c_str()) == "from_json: the text is nested more than 64 levels deep");
  CHECK(complaint(R"({"depth": 2})") == "from_json: the JSON has no width, without which no Stack can be built");
  CHECK(complaint(R"({"widht": 2, "depth": 2})") ==
        "from_json: Stack has no field widht; its fields are width, depth, name, blocks, pair, tied, none");
  CHECK(complaint(R"({"width": "2", "depth": 2})") == "from_json: width must be an integer, but it is \"2\"");
  CHECK(complaint(R"({"width": 2.0, "depth": 2})") == "from_json: width must be an integer, but it is 2.0");
  CHECK(complaint(R"({"width": 18446744073709551615, "depth": 2})") ==
        "from_json: width must be an integer, but it is 18446744073709551615");
  CHECK(complaint(R"({"width": 2, "depth": 1, "name": null})") == "from_json: name must be a string, but it is null");
  CHECK(complaint(R"({"width": 2, "depth": 1, "table": 3})") ==
        "from_json: Stack has no field table; its fields are width, depth, name, blocks, pair, tied, none");
  CHECK(complaint(R"({"width": 2, "depth": 1, "blocks": [{"width": 2}, {}]})") ==
        "from_json: the JSON has no blocks.1.width, without which no Block can be built");
  CHECK(complaint(R"({"width": 2, "depth": 1, "blocks": [{"width": 2, "drop": {"rat": 0.5}}]})") ==
        "from_json: blocks.0.drop (Drop) has no field rat; its fields are rate");
  CHECK(complaint(R"({"width": 2, "depth": 1, "blocks": {"width": 2}})") ==
        "from_json: blocks must be an array, but it is {\"width\":2}");
  CHECK(complaint(R"({"width": 2, "depth": 1, "pair": [{"in": 2, "out": 2}]})") ==
        "from_json: pair has 1 elements, but it must have 2");
  CHECK(complaint(R"({"width": 2, "depth": 1, "tied": 3})") == "from_json: tied must be an object, but it is 3");
  CHECK(complaint(R"({"type": "Block", "width": 2, "depth": 1})") ==
        "from_json: it is a Block in the JSON, but a Stack in the model");
  CHECK(complaint(R"({"type": 3, "width": 2, "depth": 1})") ==
        "from_json: it is a 3 in the JSON, but a Stack in the model");
  CHECK(complaint(R"({"width": 2, "depth": 1, "none": {"type": "Drop", "in": 2, "out": 2}})") ==
        "from_json: none is a Drop in the JSON, but a Dense in the model");
  CHECK(complaint(R"({"type": "Stack", "width": 2, "depth": 1, "none": null})") == "accepted");

  CHECK_THROWS_WITH(nn::from_json<Block<>>(R"({"width": 2, "norm": "around"})"),
                    "from_json: norm must be one of before, after, but it is \"around\"");
  CHECK_THROWS_WITH(nn::from_json<Block<>>(R"({"width": 2, "epsilon": true})"),
                    "from_json: epsilon must be a number, but it is true");
  CHECK_THROWS_WITH(nn::from_json<Dense>(R"({"in": 2, "out": 2, "biased": 1})"),
                    "from_json: biased must be true or false, but it is 1");
}

TEST_CASE("JSON must conform to RFC 8259, without duplicate keys", "[json]") {
  CHECK_THROWS_WITH(nn::from_json<Dense>(R"({"in": 2, "out": 2, "in": 3})"),
                    "from_json: the text has the key \"in\" twice");
  for (const std::string& end : {std::string("\0", 1), std::string("\0 and more", 10)})
    CHECK_THROWS_WITH(nn::from_json<Dense>(R"({"in": 2, "out": 2})" + end),
                      "from_json: the text is not valid JSON at byte 20");
  CHECK(nn::from_json<Dense>("\xEF\xBB\xBF{\"in\": 2, \"out\": 3}").out == 3);
}

TEST_CASE("a model whose sublayers were changed by hand is rebuilt", "[json]") {
  Stack<> model{.width = 2, .depth = 1};
  model.blocks[0].drop.rate = 0.5f;
  model.blocks[0].up = {.in = 2, .out = 3};
  model.blocks.push_back({.width = 5, .norm = Norm::before});
  model.pair[1].biased = true;
  model.none = Dense{.in = 7, .out = 1, .biased = false};
  const auto built = nn::from_json<Stack<>>(nn::to_json(model));
  CHECK(nn::to_json(built) == nn::to_json(model));
  CHECK(built.blocks.at(0).drop.rate == 0.5f);
  CHECK(built.blocks[0].up.weight.shape() == Shape{2, 3});
  CHECK(built.blocks.at(1).up.weight.shape() == Shape{5, 20});
  CHECK(built.none.value().weight.shape() == Shape{7, 1});

  Stack<> with_fewer{.width = 2, .depth = 10};
  with_fewer.none = std::nullopt;
  with_fewer.blocks.clear();
  const auto fewer = nn::from_json<Stack<>>(nn::to_json(with_fewer));
  CHECK(fewer.blocks.empty());
  CHECK_FALSE(fewer.none);
  CHECK(fewer.depth == 10);
}

TEST_CASE("a model built from JSON shares the parameters that the original shares", "[json]") {
  Stack<> model{.width = 2, .depth = 2};
  model.blocks[1].up.weight = model.blocks[0].up.weight;
  const auto built = nn::from_json<Stack<>>(nn::to_json(model));
  CHECK(built.blocks[1].up.weight.is(built.blocks[0].up.weight));
  CHECK(built.tied.weight.is(built.table));
  CHECK_FALSE(built.blocks[1].down.weight.is(built.blocks[0].down.weight));
  CHECK(nn::to_json(built) == nn::to_json(model));

  const auto with = [](const std::string& shared) {
    return nn::from_json<Stack<>>(R"({"width": 2, "depth": 1, "shared parameters": )" + shared + "}");
  };
  CHECK_THROWS_WITH(with("[]"), "from_json: shared parameters must be an object of paths, but it is []");
  CHECK_THROWS_WITH(with(R"({"tied.weight": 1})"),
                    "from_json: shared parameters.tied.weight must be a path, but it is 1");
  CHECK_THROWS_WITH(with(R"({"tied.wait": "table"})"),
                    "from_json: shared parameters has tied.wait, but the model has no parameter of this path");
  CHECK_THROWS_WITH(with(R"({"pair.0.weight": "table"})"),
                    "from_json: pair.0.weight is [2, 2], but table, which it should share, is [3, 2]");
  CHECK_THROWS_WITH(nn::from_json<WithBuffer>(R"({"width": 2, "shared parameters": {"second": "first"}})"),
                    "from_json: second cannot share first: one is a parameter, and the other a buffer");
  CHECK(nn::from_json<WithBuffer>(R"({"width": 2, "shared": 7})").shared == 7);
}

TEST_CASE("values that JSON cannot represent are an error", "[json]") {
  CHECK_THROWS_WITH(nn::to_json(Drop{.rate = std::numeric_limits<float>::infinity()}),
                    "to_json: rate is inf, which JSON cannot say");
  CHECK_THROWS_WITH(nn::to_json(Stack<>{.width = 1, .depth = 0, .name = "\xff"}),
                    Catch::Matchers::EndsWith("is not valid UTF-8"));
  CHECK_THROWS_WITH(
      nn::to_json(Typed{}),
      "to_json: type is a field, but in JSON the key type has the type of the layer: give it another name");
}

TEST_CASE("a model's JSON is saved to and loaded from a file", "[json]") {
  const TemporaryFolder folder;
  nn::save_config(Block<>{.width = 3}, folder.file("config.json"));
  CHECK(nn::load_config<Block<>>(folder.file("config.json")).hidden == 12);
  CHECK_THROWS_WITH(nn::load_config<Block<>>(folder.file("none")),
                    "load_config: " + folder.file("none") + " cannot be read: No such file or directory");
}

namespace {

/// Rebuilds the layer from its JSON, and from the JSON without each of the hyperparameters.
template <class Layer>
void check_round_trip(const Layer& layer) {
  const std::string json = nn::to_json(layer);
  CAPTURE(nn::fields::type_name<Layer>, json);
  const auto built = nn::from_json<Layer>(json);
  CHECK(nn::to_json(built) == json);
  const auto expected = nn::named_parameters(layer), found = nn::named_parameters(built);
  REQUIRE(expected.size() == found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].first == expected[i].first);
    CHECK(found[i].second.shape() == expected[i].second.shape());
  }
}

}  // namespace

TEST_CASE("every kind of layer is built from its JSON", "[json]") {
  check_round_trip(nn::Linear{.in = 2, .out = 3});
  check_round_trip(nn::Embedding{.count = 2, .width = 3});
  check_round_trip(nn::Dropout{});
  check_round_trip(nn::StochasticDepth{});
  check_round_trip(nn::LayerNorm{.width = 2});
  check_round_trip(nn::RmsNorm{.width = 2});
  check_round_trip(nn::GroupNorm{.channels = 4, .groups = 2});
  check_round_trip(nn::BatchNorm{.channels = 4});
  check_round_trip(nn::Conv1d{.in = 4, .out = 2, .kernel_size = 3});
  check_round_trip(nn::Conv2d{.in = 4, .out = 2, .kernel_size = 3});
  check_round_trip(nn::LearnedPositions{.max_length = 8, .width = 4});
  check_round_trip(nn::SinusoidalPositions{.width = 4});
  check_round_trip(nn::TokenEmbedding<>{.vocabulary = 7, .width = 4});
  check_round_trip(nn::Rotary{.width = 4});
  check_round_trip(nn::Alibi{.heads = 2});
  check_round_trip(nn::LearnedAlibi{.heads = 2});
  check_round_trip(nn::ClippedDistances{.heads = 2});
  check_round_trip(nn::DistanceBuckets{.heads = 2});
  check_round_trip(nn::ShawDistances{.key_width = 4});
  check_round_trip(nn::TransformerXlDistances{.width = 4, .heads = 2, .key_width = 2});
  check_round_trip(nn::FeedForward{.width = 4});
  check_round_trip(nn::ReluFeedForward{.width = 4});
  check_round_trip(nn::SquaredReluFeedForward{.width = 4});
  check_round_trip(nn::SwigluFeedForward{.width = 4});
  check_round_trip(nn::PreNorm<>{.width = 4});
  check_round_trip(nn::PostNorm<nn::RmsNorm>{.width = 4});
  check_round_trip(nn::Sandwich<>{.width = 4});
  check_round_trip(nn::LayerScale<>{.width = 4});
  check_round_trip(nn::ReZero{});
  check_round_trip(nn::DeepNorm<>{.width = 4});
  check_round_trip(nn::TopK{.width = 4, .count = 3});
  check_round_trip(nn::Switch{.width = 4, .count = 3});
  check_round_trip(nn::NoisyTopK{.width = 4, .count = 3});
  check_round_trip(nn::ExpertChoice{.width = 4, .count = 3});
  check_round_trip(nn::SigmoidTopK{.width = 4, .count = 3});
  check_round_trip(nn::MixtureOfExperts<>{.width = 4});
  check_round_trip(nn::MultiHeadAttention<>{.width = 4, .heads = 2});
  check_round_trip(nn::CrossAttention{.width = 4, .heads = 2, .memory_width = 3});
  check_round_trip(nn::AdditiveAttention{.width = 4, .memory_width = 3});
  check_round_trip(nn::DotAttention{.width = 4});
  check_round_trip(nn::GeneralAttention{.width = 4, .memory_width = 3});
  check_round_trip(nn::ConcatAttention{.width = 4, .memory_width = 3});
  check_round_trip(nn::GruUnit{.in = 4, .width = 3});
  check_round_trip(nn::LstmUnit{.in = 4, .width = 3});
  check_round_trip(nn::Gru{.in = 4, .width = 3});
  check_round_trip(nn::Lstm{.in = 4, .width = 3});
  check_round_trip(nn::Softplus{});
  check_round_trip(nn::Elu{});
  check_round_trip(nn::LeakyRelu{});
  check_round_trip(nn::Relu{});
}

TEST_CASE("every kind of model is built from its JSON", "[json]") {
  const auto bert = [] { return nn::bert({.vocabulary = 9, .width = 4, .heads = 2, .depth = 1}); };
  check_round_trip(nn::gpt({.vocabulary = 9, .width = 4, .heads = 2, .depth = 1}));
  check_round_trip(nn::llama({.vocabulary = 9, .width = 4, .heads = 2, .depth = 1}));
  check_round_trip(bert());
  check_round_trip(nn::albert({.bert = {.vocabulary = 9, .width = 4, .heads = 2, .depth = 2}, .embedding_width = 3}));
  check_round_trip(nn::BertForPretraining{.bert = bert()});
  check_round_trip(nn::BertForMaskedLM{.bert = bert()});
  check_round_trip(nn::BertForSequenceClassification{.classes = 3, .bert = bert()});
  check_round_trip(nn::transformer({.vocabulary = 9, .width = 4, .heads = 2, .depth = 1}));
  check_round_trip(nn::t5({.vocabulary = 9, .width = 4, .heads = 2, .depth = 1}));
  check_round_trip(nn::RecurrentEncoderDecoder<>{.source_vocabulary = 9, .target_vocabulary = 8, .width = 4});
}

TEST_CASE("a layer around a given one is built from the JSON of both", "[json]") {
  const auto registered = nn::WithRegisters{
      .width = 4, .count = 2, .layers = nn::Stack{.layers = nn::repeat(1, [](int) {
                                                    return nn::ParallelLayer{
                                                        .attention = nn::MultiHeadAttention<>{.width = 4, .heads = 2},
                                                        .feed_forward = nn::FeedForward{.width = 4}};
                                                  })}};
  using Registered = std::remove_const_t<decltype(registered)>;
  check_round_trip(registered);
  check_round_trip(nn::WithPrecision<nn::Linear>{.operands = float32, .layer = {.in = 2, .out = 3, .biased = false}});
  check_round_trip(nn::WithPrecision<Registered>{.layer = registered});
  CHECK(nn::from_json<Registered>(R"({"width": 4, "count": 2, "stddev": 0.1})").layers.layers.empty());
  const auto with_layers = [](const std::string& layers) {
    return nn::from_json<Registered>(R"({"width": 4, "count": 2, "stddev": 0.1, "layers": )" + layers + "}");
  };
  CHECK(with_layers(R"({"repeats": 2, "layers": []})").layers.repeats == 2);
  CHECK_THROWS_WITH(with_layers("[]"), "from_json: layers must be an object, but it is []");
  CHECK_THROWS_WITH(with_layers(R"({"repeats": "2", "layers": []})"),
                    "from_json: layers.repeats must be an integer, but it is \"2\"");
  CHECK_THROWS_WITH(with_layers(R"({"repeats": 2, "layers": [], "layer": 1})"),
                    Catch::Matchers::StartsWith("from_json: layers (Stack) has no field layer; its fields are "));
}
