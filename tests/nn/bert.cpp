#include <heed/heed.h>

#include <cmath>
#include <filesystem>

#include "catch.h"
#include "layers_check.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

const Sequences three{4, 2, 3};

Tensor tokens_below(std::int64_t n, std::int64_t count) {
  return cast(uniform({count}, 0, static_cast<double>(n)), int64);
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

TEST_CASE("BERT has the paper's sizes", "[nn]") {
  const auto parameters = [](std::int64_t width, std::int64_t depth, std::int64_t heads) {
    return nn::parameter_count(nn::Bert<>{.vocabulary = 30522, .width = width, .heads = heads, .depth = depth});
  };
  CHECK(parameters(128, 2, 2) == 4'385'920);      // tiny
  CHECK(parameters(256, 4, 4) == 11'170'560);     // mini
  CHECK(parameters(768, 12, 12) == 109'482'240);  // base
}

TEST_CASE("Bert keeps every promise of a layer", "[nn]") {
  seed(1);
  for (const auto positions :
       {nn::PositionKind::none, nn::PositionKind::learned, nn::PositionKind::rotary, nn::PositionKind::sinusoidal})
    for (const auto placement : {nn::NormPlacement::before, nn::NormPlacement::after}) {
      const auto model = nn::BertForSequenceClassification<>{.vocabulary = 20,
                                                             .width = 8,
                                                             .heads = 2,
                                                             .depth = 1,
                                                             .classes = 3,
                                                             .longest = 6,
                                                             .pooling = nn::Pooling::mean,
                                                             .positions = positions,
                                                             .placement = placement};
      CHECK_LAYER_UNUSED(model, "bert.pooler", tokens_below(20, 9), tensor<std::int64_t>({0, 0, 1, 1, 0, 1, 0, 0, 1}),
                         three);
    }
  CHECK_LAYER(
      nn::BertForSequenceClassification<>{
          .vocabulary = 20, .width = 8, .heads = 2, .depth = 1, .classes = 3, .longest = 6},
      tokens_below(20, 9), tensor<std::int64_t>({0, 0, 1, 1, 0, 1, 0, 0, 1}), three);
}

TEST_CASE("the pretraining loss is that of its logits", "[nn]") {
  seed(2);
  auto model = nn::BertForPretraining<>{.vocabulary = 20, .width = 8, .heads = 2, .depth = 2, .longest = 6};
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
  auto model =
      nn::BertForPretraining<>{.vocabulary = 20, .width = 16, .heads = 2, .depth = 2, .longest = 6, .dropout = 0};
  nn::begin_normal(model);
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
  auto model = nn::BertForPretraining<>{.vocabulary = 20,
                                        .width = 8,
                                        .heads = 2,
                                        .depth = 2,
                                        .longest = 6,
                                        .positions = nn::PositionKind::rotary,
                                        .placement = nn::NormPlacement::before,
                                        .rotary_base = 100};
  nn::eval(model);
  auto rebuilt = nn::from_json<nn::BertForPretraining<>>(nn::to_json(model));
  nn::eval(rebuilt);
  CHECK(rebuilt.placement == nn::NormPlacement::before);
  CHECK(rebuilt.bert.encoder.layers[1].attention.positions == nn::PositionKind::rotary);
  const auto path = (std::filesystem::temp_directory_path() / "heed-bert.safetensors").string();
  nn::save(model, path);
  nn::load(rebuilt, path);
  std::filesystem::remove(path);
  const auto texts = batch();
  CHECK(rebuilt.masked_logits(texts).to_vector<float>() == model.masked_logits(texts).to_vector<float>());
}

TEST_CASE("weights begin as in the paper", "[nn]") {
  seed(5);
  auto model = nn::Bert<>{.vocabulary = 2000, .width = 64, .heads = 2, .depth = 1};
  nn::begin_normal(model);
  const Tensor& weight = model.encoder.layers[0].feed_forward.up.weight;
  CHECK(mean(weight * weight).item() == Approx(0.0004).epsilon(0.05));
  CHECK(sum(abs(*model.pooler.bias)).item() == 0);
  CHECK(sum(model.embedding_norm.scale).item() == 64);
}

TEST_CASE("BERT's bad input", "[nn]") {
  const auto model = nn::Bert<>{.vocabulary = 20, .width = 8, .heads = 2, .depth = 1, .longest = 3};
  CHECK_THROWS_WITH(model(tokens_below(20, 9), {}, three),
                    Catch::Matchers::Contains("the longest sequence is 4, but at most 3 (longest) is possible"));
  const Sequences with_empty{2, 0};
  CHECK_THROWS_MATCHES(model.pooled(ones({2, 8}), with_empty), Error,
                       Message("first_tokens: sequence 1 of 2 is empty"));
  CHECK_THROWS_MATCHES(nn::mean_rows(ones({2, 8}), three), Error,
                       Message("mean_rows: x is [2, 8], but it must be [9, width], a row for each token"));
}
