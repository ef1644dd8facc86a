// Also tests nn/models/bert_heads.h, nn/models/bert_presets.h.
#include <heed/heed.h>

#include "catch.h"
#include "nn/layers/layers_check.h"
#include "nn/temporary_folder.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

const Sequences three{4, 2, 3};

Tensor tokens_below(std::int64_t n, std::int64_t count) {
  return cast(uniform({count}, 0, static_cast<double>(n)), int64);
}

nn::Bert small(Size depth) {
  return nn::bert({.vocabulary = 20, .width = 8, .heads = 2, .depth = depth, .max_length = 6});
}

/// BERT with other positions and residual connections.
template <class Residual, class Attention, class Positions>
auto changed(const Attention& attention, Positions positions) {
  const auto layer = [&](int) {
    return nn::EncoderLayer<Attention, nn::FeedForward, Residual>{.attention = nn::clone(attention),
                                                                  .feed_forward = nn::FeedForward{.width = 8}};
  };
  return nn::bert({.vocabulary = 20, .width = 8, .heads = 2, .depth = 1, .max_length = 6}, layer, std::move(positions));
}

nn::BertBatch batch() {
  return {tokens_below(20, 9),
          tensor<std::int64_t>({0, 0, 1, 1, 0, 1, 0, 0, 1}),
          three,
          tensor<std::int64_t>({1, 5, 8}),
          tensor<std::int64_t>({3, 19, 0}),
          tensor<std::int64_t>({1, 0, 1})};
}

}  // namespace

TEST_CASE("BERT has the paper's numbers of parameters", "[nn]") {
  const auto parameters = [](std::int64_t width, std::int64_t depth, std::int64_t heads) {
    return nn::parameter_count(nn::bert({.vocabulary = 30522, .width = width, .heads = heads, .depth = depth}));
  };
  CHECK(parameters(128, 2, 2) == 4'385'920);      // tiny
  CHECK(parameters(256, 4, 4) == 11'170'560);     // mini
  CHECK(parameters(768, 12, 12) == 109'482'240);  // base
}

TEST_CASE("Bert passes nn::check", "[nn]") {
  seed(1);
  const Tensor tokens = tokens_below(20, 9), segments = tensor<std::int64_t>({0, 0, 1, 1, 0, 1, 0, 0, 1});
  const auto check = [&](auto bert) {
    const nn::BertForSequenceClassification model{.classes = 3, .pooling = nn::Pooling::mean, .bert = std::move(bert)};
    CHECK_LAYER_UNUSED(model, "bert.pooler", tokens, segments, three);
  };
  using Positions = nn::OneOf<nn::NoPositions, nn::LearnedPositions, nn::SinusoidalPositions>;
  for (const Positions& positions :
       {Positions(nn::NoPositions{}), Positions(nn::LearnedPositions{.max_length = 6, .width = 8}),
        Positions(nn::SinusoidalPositions{.width = 8})}) {
    check(changed<nn::PreNorm<>>(nn::MultiHeadAttention<>{.width = 8, .heads = 2}, positions));
    check(changed<nn::PostNorm<>>(nn::MultiHeadAttention<>{.width = 8, .heads = 2}, positions));
  }
  check(changed<nn::PreNorm<>>(nn::MultiHeadAttention<nn::Rotary>{.width = 8, .heads = 2}, nn::NoPositions{}));
  check(changed<nn::PostNorm<>>(nn::MultiHeadAttention<nn::Rotary>{.width = 8, .heads = 2}, nn::NoPositions{}));
  CHECK_LAYER((nn::BertForSequenceClassification{.classes = 3, .bert = small(1)}), tokens, segments, three);
}

TEST_CASE("the pretraining loss is the cross-entropy of the logits", "[nn]") {
  seed(2);
  auto model = nn::BertForPretraining{.bert = small(2)};
  nn::eval(model);
  const auto texts = batch();
  const nn::BertLoss loss = model.loss(texts);
  CHECK(loss.masked.item() ==
        Approx(cross_entropy(model.masked_logits(texts), texts.masked_labels).item()).epsilon(1e-5));
  CHECK(loss.next.item() == Approx(cross_entropy(model.next_logits(texts), texts.next_labels).item()).epsilon(1e-5));
  CHECK(loss.total.item() == Approx(loss.masked.item() + loss.next.item()));
  backward(loss.total);
  for (const auto& [path, parameter] : nn::named_parameters(model)) {
    INFO(path);
    CHECK(parameter.grad());
  }
  auto without = texts;
  without.next_labels = {};
  CHECK_FALSE(model.loss(without).next);
}

TEST_CASE("BERT overfits four texts", "[nn]") {
  seed(3);
  auto model = nn::BertForPretraining{
      .bert = nn::bert({.vocabulary = 20, .width = 16, .heads = 2, .depth = 2, .max_length = 6, .dropout = 0})};
  nn::init_normal(model);
  const auto texts = batch();
  optim::AdamW adam{nn::parameters(model)};
  for (int step = 0; step < 150; ++step) {
    backward(model.loss(texts).total);
    adam.step(3e-3);
  }
  CHECK(model.loss(texts).total.item() < 0.05);
}

TEST_CASE("config.json alone rebuilds a model", "[nn]") {
  seed(4);
  const nn::MultiHeadAttention<nn::Rotary> attention{.width = 8, .heads = 2, .positions = {.width = 4, .base = 100}};
  auto model = nn::BertForPretraining{.bert = changed<nn::PreNorm<>>(attention, nn::NoPositions{})};
  nn::eval(model);
  auto rebuilt = nn::from_json<decltype(model)>(nn::to_json(model));
  nn::eval(rebuilt);
  CHECK(rebuilt.bert.encoder.layers.at(0).attention.positions.base == 100);
  const TemporaryFolder folder;
  const std::string path = folder.file("model.safetensors");
  nn::save(model, path);
  nn::load(rebuilt, path);
  const auto texts = batch();
  CHECK(rebuilt.masked_logits(texts).to_vector<float>() == model.masked_logits(texts).to_vector<float>());
  CHECK_THROWS_WITH(nn::from_json<nn::BertForPretraining<>>(nn::to_json(model)),
                    Catch::Matchers::Contains("bert.position_embedding is a NoPositions in the JSON, but a "
                                              "LearnedPositions in the model"));
}

TEST_CASE("the heads of a BERT have its sizes and epsilon", "[nn]") {
  const nn::BertForMaskedLM model{
      .bert = nn::albert({.bert = {.vocabulary = 20, .width = 8, .heads = 2, .depth = 4, .epsilon = 1e-3f},
                          .embedding_width = 6,
                          .groups = 2})};
  CHECK(model.bert.encoder.layers.size() == 2);
  CHECK(model.bert.encoder.repeats == 2);
  CHECK(model.masked_head.transform.weight.shape() == Shape{6, 8});
  CHECK(model.masked_head.norm.epsilon == 1e-3f);
  CHECK(model.masked_head.bias.shape() == Shape{20});
  CHECK_THROWS_WITH(nn::albert({.bert = {.vocabulary = 20, .width = 8, .heads = 2, .depth = 4}, .groups = 3}),
                    Catch::Matchers::Contains("groups is 3, but it must divide depth, which is 4"));
}

TEST_CASE("weights are initialised as in the paper", "[nn]") {
  seed(5);
  auto model = nn::bert({.vocabulary = 2000, .width = 64, .heads = 2, .depth = 1});
  nn::init_normal(model);
  const Tensor& weight = model.encoder.layers[0].feed_forward.up.weight;
  CHECK(mean(weight * weight).item() == Approx(0.0004).epsilon(0.05));
  CHECK(sum(abs(*model.pooler.bias)).item() == 0);
  CHECK(sum(model.embedding_norm.scale).item() == 64);
}

TEST_CASE("BERT refuses invalid arguments", "[nn]") {
  const auto model = nn::bert({.vocabulary = 20, .width = 8, .heads = 2, .depth = 1, .max_length = 3});
  CHECK_THROWS_WITH(model(tokens_below(20, 9), {}, three),
                    Catch::Matchers::Contains("the longest sequence is 4, but there are positions for 3 only"));
  const Sequences with_empty{2, 0};
  CHECK_THROWS_MATCHES(model.pooled(ones({2, 8}), with_empty), Error,
                       Message("first_tokens: sequence 1 of 2 is empty"));
  CHECK_THROWS_MATCHES(nn::mean_rows(ones({2, 8}), three), Error,
                       Message("mean_rows: x is [2, 8], but it must be [9, width], a row for each token"));
}
