// Arguments of sequences must have a row for each token: a single row is not broadcast.
// Also tests nn/layers/pooling.h.
#include <heed/heed.h>

#include <heed/graph/format.h>

#include "catch.h"
#include "nn/positions/all_positions.h"

using namespace heed;
using Catch::Matchers::Contains;

namespace {

const Sequences five{5}, three{2, 1};

Tensor tokens(std::int64_t count) { return zeros({count}, int64); }

}  // namespace

TEST_CASE("models refuse a number of tokens other than that of their sequences", "[nn]") {
  for (const std::int64_t count : {1, 4, 6, 0}) {
    INFO(count);
    for (const KindOfPosition& positions : all_positions()) {
      INFO(positions.name);
      const SmallModels models{positions};
      const auto bert = models.bert();
      CHECK_THROWS_WITH(bert(tokens(count), {}, five),
                        Contains(fmt::format("tokens is [{}], but it must have a row for "
                                             "each of 5 tokens",
                                             count)));
      CHECK_THROWS_WITH(bert(tokens(5), tokens(count), five), Contains(fmt::format("segments is [{}], but", count)));
      CHECK_THROWS_WITH(bert.pooled(zeros({count, 8}), five), Contains(fmt::format("hidden is [{}, 8], but", count)));

      const auto language = models.language_model();
      CHECK_THROWS_AS(language(tokens(count), five), Error);
      CHECK_THROWS_AS(language.loss(tokens(count), tokens(count), five), Error);
      CHECK_THROWS_AS(language.loss(tokens(5), tokens(count), five), Error);
      CHECK_THROWS_AS(language.loss(tokens(5), tokens(5), five, tokens(count)), Error);
      auto state = language.initial_state(1);
      CHECK_THROWS_AS(language.decode_step(state, tokens(count), five), Error);

      const auto translator = models.translator();
      CHECK_THROWS_AS(translator(tokens(count), five, tokens(5), five), Error);
      CHECK_THROWS_AS(translator(tokens(5), five, tokens(count), five), Error);
      CHECK_THROWS_AS(translator.initial_state(tokens(count), five), Error);
      CHECK_THROWS_AS(translator.loss(tokens(5), five, tokens(5), tokens(count), five), Error);
    }
    const nn::RecurrentEncoderDecoder<nn::AdditiveAttention> recurrent{
        .source_vocabulary = 9, .target_vocabulary = 9, .width = 8};
    CHECK_THROWS_AS(recurrent(tokens(count), five, tokens(5), five), Error);
    CHECK_THROWS_AS(recurrent(tokens(5), five, tokens(count), five), Error);
    CHECK_THROWS_AS(recurrent.loss(tokens(5), five, tokens(5), tokens(count), five), Error);
    auto state = recurrent.initial_state(tokens(5), five);
    CHECK_THROWS_AS(recurrent.decode_step(state, tokens(count), five), Error);
  }
}

TEST_CASE("layers refuse a number of rows other than the number of tokens", "[nn]") {
  for (const std::int64_t count : {1, 4, 6, 0}) {
    INFO(count);
    const Tensor x = ones({count, 8}), right = ones({5, 8});
    for (const KindOfPosition& positions : all_positions()) {
      INFO(positions.name);
      const SmallModels models{positions};
      const nn::Pass to_right(five, {}, nn::Memory{right, five}), to_x(five, {}, nn::Memory{x, five});
      const nn::CrossAttention cross{.width = 8, .heads = 2};
      CHECK_THROWS_AS(models.attention()(x, five), Error);
      CHECK_THROWS_AS(cross(right, to_x), Error);
      CHECK_THROWS_AS(cross(x, to_right), Error);
      CHECK_THROWS_AS(models.encoder_layer()(x, five), Error);
      CHECK_THROWS_AS(models.decoder_layer()(x, to_right), Error);
      CHECK_THROWS_AS(models.decoder_layer()(right, to_x), Error);
    }
    CHECK_THROWS_AS((nn::Gru{.in = 8, .width = 4}(x, five)), Error);
    CHECK_THROWS_AS((nn::Lstm{.in = 8, .width = 4, .bidirectional = true}(x, five)), Error);
    const nn::WithRegisters with_registers{.width = 8, .layers = SmallModels{all_positions()[0]}.encoder()};
    CHECK_THROWS_AS(with_registers(x, five), Error);
    CHECK_THROWS_WITH((nn::StochasticDepth{.probability = 0.5f}(x, five)),
                      Contains(fmt::format("x is [{}, 8], but it must have a row for each of 5 tokens", count)));
    CHECK_THROWS_AS(nn::mean_rows(x, five), Error);
    CHECK_THROWS_AS((nn::AdditiveAttention{.width = 8}(x, right, five, five)), Error);
    CHECK_THROWS_AS((nn::AdditiveAttention{.width = 8}(right, x, five, five)), Error);
    CHECK_THROWS_AS((nn::DotAttention{.width = 8}(right, x, five, five)), Error);
    CHECK_THROWS_AS((nn::GeneralAttention{.width = 8}(x, right, five, five)), Error);
    CHECK_THROWS_AS((nn::TokenEmbedding<>{.vocabulary = 9, .width = 8}(tokens(5), tokens(count))), Error);
    CHECK_THROWS_AS(document_positions(tokens(count), five), Error);
  }
}
