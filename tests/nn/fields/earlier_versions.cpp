// Files of earlier versions of heed, written by tests/golden/earlier.cpp.
#include <heed/heed.h>

#include <algorithm>
#include <map>

#include "catch.h"
#include "golden_folder.h"
#include "nn/temporary_folder.h"

using namespace heed;
using Catch::Matchers::Contains;

namespace {

struct Earlier {
  std::string folder = golden_folder() + "/earlier/";
  std::map<std::string, Tensor> values;
  Sequences sequences{4, 1, 3};

  Earlier() {
    const io::TensorFile file = io::load_tensors(folder + "outputs.safetensors");
    values.insert(file.tensors.begin(), file.tensors.end());
  }
  Tensor tokens() const { return values.at("tokens"); }
  Tensor segments() const { return values.at("segments"); }
  std::string weights(const std::string& name) const { return folder + name + ".safetensors"; }

  /// Loads the weights into a new model, which must compute the old outputs.
  template <class Model, class Call>
  void check(const std::string& name, Model model, const Call& call) const {
    INFO(name);
    const nn::LoadReport report = nn::load(model, weights(name));
    CHECK(report.missing.empty());
    CHECK(report.unexpected.empty());
    CHECK(report.differing.empty());
    nn::eval(model);
    const Tensor y = call(model);
    REQUIRE(y.shape() == values.at(name).shape());
    const auto found = y.template to_vector<float>(), expected = values.at(name).to_vector<float>();
    for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(expected[i]).epsilon(1e-5).margin(1e-5));
    // Saved again, it has the current names.
    const TemporaryFolder now;
    nn::save(model, now.file("again"));
    CHECK(nn::load(model, now.file("again")).unexpected.empty());
  }
  template <class Positions>
  void check_attention(const std::string& name) const {
    check("attention_" + name, nn::MultiHeadAttention<Positions>{.width = 4, .heads = 2},
          [&](const auto& layer) { return layer(values.at("x"), sequences); });
  }
  template <class Model>
  void check_language_model(const std::string& name, const Model& model) const {
    check(name, model, [&](const Model& one) { return one(tokens(), sequences); });
  }
};

/// Default layer of an earlier version's LanguageModel.
template <class Residual = nn::PreNorm<>>
auto layer() {
  return nn::EncoderLayer<nn::MultiHeadAttention<>, nn::FeedForward, Residual>{
      .attention = nn::MultiHeadAttention<>{.width = 4, .heads = 2}, .feed_forward = nn::FeedForward{.width = 4}};
}
template <class Layer>
auto sinusoidal_model(const Layer& layer) {
  return nn::LanguageModel{.embedding = nn::TokenEmbedding<nn::SinusoidalPositions>{.vocabulary = 8, .width = 4},
                           .layers = nn::Stack{.layers = std::vector{layer}, .norm = nn::LayerNorm{.width = 4}}};
}

}  // namespace

TEST_CASE("a BERT of an earlier version is rebuilt from its configuration and its weights", "[earlier]") {
  const Earlier earlier;
  const auto classifier = nn::load_config<nn::BertForSequenceClassification<>>(earlier.folder + "classifier.json");
  CHECK(classifier.pooling == nn::Pooling::mean);
  CHECK(classifier.dropout == 0.2f);
  CHECK(classifier.bert.embedding_dropout.probability == 0.2f);
  const auto& last = classifier.bert.encoder.layers.at(1);
  CHECK(last.attention.dropout == 0.3f);
  CHECK(last.hidden_dropout.probability == 0.2f);
  CHECK(last.depth_dropout.probability == 0.1f);
  CHECK(last.feed_forward_residual.norm.epsilon == 1e-12f);
  earlier.check("classifier", classifier,
                [&](const auto& model) { return model(earlier.tokens(), earlier.segments(), earlier.sequences); });
  const auto pretraining = nn::load_config<nn::BertForPretraining<>>(earlier.folder + "pretraining.json");
  CHECK(pretraining.bert.encoder.repeats == 2);
  CHECK(pretraining.bert.widening.value().in == 3);
  earlier.check("pretraining", pretraining, [&](const auto& model) {
    return model.masked_logits(
        {earlier.tokens(), earlier.segments(), earlier.sequences, arange(8), earlier.tokens(), {}});
  });
}

TEST_CASE("an attention of an earlier version is loaded with its positions", "[earlier]") {
  const Earlier earlier;
  earlier.check_attention<nn::NoPositions>("none");
  earlier.check_attention<nn::Rotary>("rotary");
  earlier.check_attention<nn::LearnedAlibi>("learned_alibi");
  earlier.check_attention<nn::ClippedDistances>("clipped");
  earlier.check_attention<nn::DistanceBuckets>("buckets");
  earlier.check_attention<nn::ShawDistances>("shaw");
  earlier.check_attention<nn::TransformerXlDistances>("transformer_xl");
}

TEST_CASE("language models and translators of an earlier version are loaded", "[earlier]") {
  const Earlier earlier;
  using Learned = nn::TokenEmbedding<nn::LearnedPositions>;
  earlier.check_language_model(
      "language_model",
      nn::LanguageModel{
          .embedding = Learned{.vocabulary = 8, .width = 4, .tied = false, .positions = {.max_length = 5, .width = 4}},
          .layers = nn::Stack{.layers = std::vector{layer(), layer()}, .norm = nn::LayerNorm{.width = 4}}});
  earlier.check_language_model("residuals", sinusoidal_model(layer<nn::Sandwich<>>()));
  earlier.check_language_model(
      "parallel", sinusoidal_model(nn::ParallelLayer{.attention = nn::MultiHeadAttention<>{.width = 4, .heads = 2},
                                                     .feed_forward = nn::FeedForward{.width = 4}}));
  const nn::EncoderLayer of_llama{
      .attention = nn::MultiHeadAttention<nn::Rotary>{.width = 4, .heads = 2, .key_heads = 1},
      .feed_forward = nn::SwigluFeedForward{.width = 4},
      .attention_residual = nn::PreNorm<nn::RmsNorm>{.width = 4}};
  earlier.check_language_model(
      "llama",
      nn::LanguageModel{.embedding = nn::TokenEmbedding<>{.vocabulary = 8, .width = 4},
                        .layers = nn::Stack{.layers = std::vector{of_llama}, .norm = nn::RmsNorm{.width = 4}}});
  const auto decoder_layer = [](int) {
    return nn::DecoderLayer{.attention = nn::MultiHeadAttention<>{.width = 4, .heads = 2},
                            .cross_attention = nn::CrossAttention{.width = 4, .heads = 2},
                            .feed_forward = nn::FeedForward{.width = 4}};
  };
  earlier.check("translator",
                nn::transformer(
                    {.vocabulary = 8, .width = 4, .heads = 2, .depth = 1}, [](int) { return layer(); }, decoder_layer),
                [&](const auto& model) {
                  return model(earlier.tokens(), earlier.sequences, earlier.tokens(), earlier.sequences);
                });
}

TEST_CASE("weights of an earlier version are refused by a different model", "[earlier]") {
  const Earlier earlier;
  CHECK_THROWS_WITH(nn::load(nn::MultiHeadAttention<>{.width = 4, .heads = 2}, earlier.weights("attention_rotary")),
                    Contains("positions.type is Rotary in the file but NoPositions in the model"));
  CHECK_THROWS_WITH(
      nn::load(nn::MultiHeadAttention<nn::Rotary>{.width = 4, .heads = 2, .positions = {.width = 2, .base = 100}},
               earlier.weights("attention_rotary")),
      Contains("positions.base is 10000 in the file but 100 in the model"));
  CHECK_THROWS_WITH(
      nn::load(nn::MultiHeadAttention<nn::Alibi>{.width = 4, .heads = 2}, earlier.weights("attention_none")),
      Contains("positions.type is NoPositions in the file but Alibi in the model"));
  const auto translator = nn::transformer({.vocabulary = 8, .width = 4, .heads = 2, .depth = 1});
  CHECK_THROWS_WITH(nn::load(translator, earlier.weights("translator"), {}), Contains("unexpected are "));
  const auto report = nn::load(translator, earlier.weights("translator"), {.strict = false});
  CHECK(std::count(report.differing.begin(), report.differing.end(),
                   "encoder.layers.0.attention_residual.type is PreNorm in the file but PostNorm in the model") == 1);
}

TEST_CASE("an earlier configuration of a BERT that now has another type is refused", "[earlier]") {
  const std::string sizes = R"({"vocabulary": 8, "width": 4, "heads": 2, "depth": 1)";
  CHECK_THROWS_WITH(nn::from_json<nn::Bert>(sizes + R"(, "positions": "rotary"})"),
                    Contains("positions is rotary in the settings of an earlier version, but nn::Bert has learned"));
  CHECK_THROWS_WITH(nn::from_json<nn::Bert>(sizes + R"(, "placement": "before"})"),
                    Contains("placement is before in the settings of an earlier version, but nn::Bert has after"));
  CHECK(nn::from_json<nn::Bert>(sizes + "}").encoder.layers.size() == 1);
  CHECK_THROWS_WITH(nn::from_json<nn::Bert>(sizes + R"(, "hidden": 7})"),
                    "from_json: hidden is no setting of such a model");
  CHECK_THROWS_WITH(nn::from_json<nn::Bert>(sizes + R"(, "encoder": {"heads": 4}})"),
                    "from_json: encoder.heads is 4 in the JSON, but 2 in the model that its settings build");
  CHECK_THROWS_WITH(
      nn::from_json<nn::Bert>(sizes + R"(, "encoder": {"layers": [{"attention": {"heads": 4}}]}})"),
      "from_json: encoder.layers.0.attention.heads is 4 in the JSON, but 2 in the model that its settings build");
}

TEST_CASE("fields of an earlier version are read by their former names", "[earlier]") {
  const auto positions = nn::from_json<nn::LearnedPositions>(
      R"({"type": "LearnedPositions", "longest": 5, "width": 4, "deviation": 0.25})");
  CHECK(positions.max_length == 5);
  CHECK(positions.stddev == 0.25f);
  CHECK(nn::from_json<nn::ClippedDistances>(R"({"heads": 2, "farthest": 3})").max_distance == 3);
  CHECK(nn::from_json<nn::LayerScale<>>(R"({"width": 2, "begin": 0.5})").initial_scale == 0.5f);
  CHECK(nn::from_json<nn::Conv1d>(R"({"in": 2, "out": 3, "window": 4})").kernel_size == 4);
  CHECK_THROWS_WITH(nn::from_json<nn::Conv1d>(R"({"in": 2, "out": 3, "window": 4, "kernel_size": 4})"),
                    Contains("Conv1d has no field window"));
  CHECK(nn::from_json<nn::MultiHeadAttention<>>(R"({"width": 4, "heads": 2, "window": 3})").window == 3);
}
