#include <heed/heed.h>
#include <heed/ops/kernels/gemm/gemm_bfloat16.h>

#include "catch.h"
#include "nn/models/small_models.h"

using namespace heed;

namespace {

/// Losses of a small BERT trained on texts in which each token but the first is determined by the previous one.
std::vector<double> train_small_bert(DType operands, int steps) {
  seed(3);
  const nn::BertConfig config{.vocabulary = 64, .width = 128, .heads = 2, .depth = 4, .max_length = 32, .dropout = 0};
  const auto layer = [&](int) {
    return nn::EncoderLayer{
        .attention =
            nn::MultiHeadAttention<nn::Rotary>{.width = 128, .heads = 2, .positions = {.width = 64, .base = 100}},
        .feed_forward = nn::FeedForward{.width = 128}};
  };
  const nn::BertForPretraining model{.bert = nn::bert(config, layer, nn::NoPositions{})};
  optim::AdamW adam{nn::parameters(model), {.weight_decay = 0.01f}};
  const auto scope = precision(operands);
  std::vector<double> losses;
  std::int64_t next = 1;
  for (int step = 0; step < steps; ++step) {
    constexpr std::int64_t batch = 8, length = 32;
    std::vector<std::int64_t> tokens, places, labels;
    for (std::int64_t i = 0; i < batch * length; ++i) {
      next = i % length == 0 ? (step * 17 + i * 5) % 59 + 4 : (next * 3 + 1) % 59 + 4;
      tokens.push_back(next);
      if (i % length != 0 && (i * 7 + step) % 6 == 0) {
        places.push_back(i);
        labels.push_back(next);
        tokens.back() = 3;
      }
    }
    const nn::BertBatch texts{tensor(tokens),
                              zeros({batch * length}, int64),
                              Sequences::equal(batch, length),
                              tensor(places),
                              tensor(labels),
                              {}};
    const Tensor loss = model.loss(texts).total;
    losses.push_back(loss.item());
    backward(loss);
    optim::clip_norm(adam.parameters(), 1.0);
    adam.step(1e-3 * std::min(1.0, (step + 1) / 10.0));
  }
  return losses;
}

double mean_of_last(const std::vector<double>& losses, std::size_t count) {
  double sum = 0;
  for (std::size_t i = losses.size() - count; i < losses.size(); ++i) sum += losses[i];
  return sum / static_cast<double>(count);
}

}  // namespace

TEST_CASE("WithPrecision sets the precision of a layer", "[precision]") {
  struct Model {
    nn::Linear first{.in = 70, .out = 40};
    nn::WithPrecision<nn::Linear> second{.layer = {.in = 40, .out = 30}};
  };
  const Model model;
  REQUIRE(nn::named_parameters(model)[2].first == "second.layer.weight");
  const Tensor x = uniform({33, 70}, -1, 1);
  const Tensor hidden = model.first(x);
  const auto values = [](const Tensor& y) { return y.to_vector<float>(); };
  const Tensor y = model.second(hidden);
  REQUIRE(values(y) == values(precision(bfloat16, [&] { return model.second.layer(hidden); })));
  if (kernels::has_bfloat16()) REQUIRE(values(y) != values(model.second.layer(hidden)));
  const nn::WithPrecision<nn::Linear> exact{.operands = float32, .layer = model.first};
  REQUIRE(values(precision(bfloat16, [&] { return exact(x); })) == values(hidden));
  REQUIRE(ambient().precision == float32);

  const auto plain = small::encoder({.width = 16, .depth = 1, .dropout = 0});
  const nn::Stack rough{.layers = plain.layers, .norm = plain.norm, .call = nn::Bfloat16Call{}};
  REQUIRE(nn::named_parameters(rough)[0].first == "layers.0.attention.query.weight");
  const Sequences sequences = Sequences::equal(2, 5);
  const Tensor tokens = uniform({10, 16}, -1, 1);
  REQUIRE(values(rough(tokens, sequences)) == values(precision(bfloat16, [&] { return plain(tokens, sequences); })));
}

// Tolerance: the means of the last 20 of 80 losses differ by less than 3 % of the decrease of the loss.
TEST_CASE("a small BERT trains equally well in bfloat16 and float32", "[precision]") {
  if (!kernels::has_bfloat16()) return;
  const std::vector<double> exact = train_small_bert(float32, 80), rough = train_small_bert(bfloat16, 80);
  CHECK(exact != rough);
  CHECK(std::abs(exact[0] - rough[0]) < 0.01 * exact[0]);
  const double learned = exact[0] - mean_of_last(exact, 20);
  INFO(exact[0] << " to " << mean_of_last(exact, 20) << " in float32, " << mean_of_last(rough, 20) << " in bfloat16");
  CHECK(learned > 0.3 * exact[0]);
  CHECK(std::abs(mean_of_last(exact, 20) - mean_of_last(rough, 20)) < 0.03 * learned);
}
