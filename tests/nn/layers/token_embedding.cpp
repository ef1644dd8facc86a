#include <heed/heed.h>

#include "catch.h"
#include "nn/difference.h"
#include "nn/models/small_models.h"

using namespace heed;

namespace {
const Tensor tokens = tensor({4, 0, 3, 3, 1});
const Sequences texts{2, 3};

template <class Model>
void check_every_parameter_learns(const Model& plain) {
  const auto model = nn::to(plain, float64);
  backward(model.loss(tokens, tensor({0, 3, 3, 1, 2}), texts));
  for (const auto& [path, parameter] : nn::named_parameters(model)) {
    INFO(path);
    REQUIRE(parameter.grad());
    CHECK(sum(abs(parameter.grad())).item() > 0);
  }
}
}  // namespace

TEST_CASE("TokenEmbedding equals its formula: tied, factorised, and untied", "[nn]") {
  seed(1);
  for (const bool tied : {true, false})
    for (const std::int64_t embedding_width : {6, 2}) {
      INFO("tied " << tied << ", embedding_width " << embedding_width);
      const auto layer = nn::to(nn::TokenEmbedding<nn::LearnedPositions>{.vocabulary = 5,
                                                                         .width = 6,
                                                                         .embedding_width = embedding_width,
                                                                         .first_position = 2,
                                                                         .tied = tied,
                                                                         .output_biased = true,
                                                                         .scale = 3,
                                                                         .output_scale = 0.5},
                                float64);
      assign(layer.output_bias->detach(), normal({5}, 0, 1, float64));
      CHECK(layer.widening.has_value() == (embedding_width == 2));
      CHECK(layer.output.has_value() != tied);
      const Tensor table = layer.embedding.weight, h = normal({5, 6}, 0, 1, float64);
      const Tensor wide = layer.widening ? matmul(table, transpose(layer.widening->weight, 0, 1)) : table;
      const Tensor places = layer.positions(tensor({2, 3, 2, 3, 4}));
      CHECK(difference(layer(tokens, texts), gather_rows(wide, tokens) * 3 + places) < 1e-12);
      const Tensor rows = matmul(h, transpose(tied ? wide : Tensor(*layer.output), 0, 1)) * 0.5;
      CHECK(difference(layer.logits(h), rows + *layer.output_bias) < 1e-12);
      CHECK(layer.loss(h, tokens, 0.1).item() ==
            Approx(cross_entropy(layer.logits(h), tokens, {.label_smoothing = 0.1}).item()));
    }
}

TEST_CASE("models with factorised and untied embeddings", "[nn]") {
  seed(2);
  const auto plain = small::language_model({.vocabulary = 50, .width = 16, .dropout = 0});
  auto small = plain, untied = plain;
  small.embedding = {.vocabulary = 50, .width = 16, .embedding_width = 4};
  untied.embedding = {.vocabulary = 50, .width = 16, .tied = false};
  CHECK(nn::parameter_count(plain) - nn::parameter_count(small) == 50 * 16 - (50 * 4 + 4 * 16));
  CHECK(nn::parameter_count(untied) - nn::parameter_count(plain) == 50 * 16);
  check_every_parameter_learns(plain);
  check_every_parameter_learns(small);
  check_every_parameter_learns(untied);
}

TEST_CASE("layers shared across depth", "[nn]") {
  seed(3);
  auto shared = small::encoder({.dropout = 0});
  shared.repeats = 2;
  REQUIRE(shared.layers.size() == 2);
  Tensor x = normal({5, 8});
  const Tensor y = shared(x, texts);
  for (const std::size_t i : {0U, 0U, 1U, 1U}) x = shared.layers[i](x, texts);
  CHECK(y.to_vector<float>() == shared.norm(x).to_vector<float>());
  shared.repeats = 0;
  CHECK_THROWS_WITH(shared(x, texts), "Stack{repeats = 0}: repeats must be at least 1");
}

TEST_CASE("widths that would be broadcast are refused", "[nn]") {
  const auto narrow =
      nn::TokenEmbedding<nn::LearnedPositions>{.vocabulary = 5, .width = 4, .positions = {.max_length = 8, .width = 1}};
  CHECK_THROWS_WITH(narrow(tensor<std::int64_t>({1, 2}), Sequences{2}),
                    Catch::Matchers::Contains("positions.width is 1, but it must be 4"));
  auto layer = nn::EncoderLayer{.attention = nn::MultiHeadAttention<>{.width = 4, .heads = 2},
                                .feed_forward = nn::FeedForward{.width = 4}};
  layer.feed_forward.down = nn::Linear{.in = 16, .out = 1};
  CHECK_THROWS_WITH(layer(normal({3, 4}), Sequences{3}),
                    "EncoderLayer{dropout = 0, stochastic_depth = 0}: a sublayer returned [3, 1] for x of [3, 4], but "
                    "it must keep the shape");
  auto gated = nn::MultiHeadAttention<>{.width = 4, .heads = 2, .gated = true};
  gated.gate = nn::Linear{.in = 4, .out = 1};
  CHECK_THROWS_WITH(gated(normal({3, 4}), Sequences{3}),
                    Catch::Matchers::Contains("gate.out is 1, but it must be heads * value_width"));
  auto bert = nn::bert({.vocabulary = 5, .width = 4, .heads = 2, .depth = 1});
  bert.segment_embedding = nn::Embedding{.count = 2, .width = 1};
  CHECK_THROWS_WITH(bert(tensor<std::int64_t>({1, 2}), {}, Sequences{2}),
                    Catch::Matchers::Contains("segment_embedding.width is 1, but it must be 4"));
}
