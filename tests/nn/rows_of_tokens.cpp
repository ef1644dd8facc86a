// What is given beside sequences must have a row for each of their tokens: one row is not stretched over them.
#include <heed/heed.h>

#include <heed/graph/format.h>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Contains;

namespace {

const Sequences five{5}, three{2, 1};

Tensor tokens(std::int64_t count) { return zeros({count}, int64); }

}  // namespace

TEST_CASE("models refuse tokens of another number than their sequences have", "[nn]") {
  for (const std::int64_t count : {1, 4, 6, 0}) {
    INFO(count);
    for (const auto positions : {nn::PositionKind::none, nn::PositionKind::learned, nn::PositionKind::rotary,
                                 nn::PositionKind::sinusoidal, nn::PositionKind::alibi}) {
      const auto bert =
          nn::Bert<>{.vocabulary = 9, .width = 8, .heads = 2, .depth = 1, .longest = 6, .positions = positions};
      CHECK_THROWS_WITH(bert(tokens(count), {}, five),
                        Contains(fmt::format("tokens is [{}], but it must have a row for "
                                             "each of 5 tokens",
                                             count)));
      CHECK_THROWS_WITH(bert(tokens(5), tokens(count), five), Contains(fmt::format("segments is [{}], but", count)));
      CHECK_THROWS_WITH(bert.pooled(zeros({count, 8}), five), Contains(fmt::format("hidden is [{}, 8], but", count)));

      const auto language = nn::LanguageModel<>{
          .vocabulary = 9, .width = 8, .heads = 2, .depth = 1, .longest = 6, .positions = positions};
      CHECK_THROWS_AS(language(tokens(count), five), Error);
      CHECK_THROWS_AS(language.loss(tokens(count), tokens(count), five), Error);
      CHECK_THROWS_AS(language.loss(tokens(5), tokens(count), five), Error);
      CHECK_THROWS_AS(language.loss(tokens(5), tokens(5), five, tokens(count)), Error);
      auto state = language.begin(1);
      CHECK_THROWS_AS(language.next(state, tokens(count), five), Error);

      const auto translator = nn::EncoderDecoder<>{
          .vocabulary = 9, .width = 8, .heads = 2, .depth = 1, .longest = 6, .positions = positions};
      CHECK_THROWS_AS(translator(tokens(count), five, tokens(5), five), Error);
      CHECK_THROWS_AS(translator(tokens(5), five, tokens(count), five), Error);
      CHECK_THROWS_AS(translator.begin(tokens(count), five), Error);
      CHECK_THROWS_AS(translator.loss(tokens(5), five, tokens(5), tokens(count), five), Error);
    }
    const nn::RecurrentEncoderDecoder<nn::AdditiveAttention> recurrent{
        .source_vocabulary = 9, .target_vocabulary = 9, .width = 8};
    CHECK_THROWS_AS(recurrent(tokens(count), five, tokens(5), five), Error);
    CHECK_THROWS_AS(recurrent(tokens(5), five, tokens(count), five), Error);
    CHECK_THROWS_AS(recurrent.loss(tokens(5), five, tokens(5), tokens(count), five), Error);
    auto state = recurrent.begin(tokens(5), five);
    CHECK_THROWS_AS(recurrent.next(state, tokens(count), five), Error);
  }
}

TEST_CASE("layers refuse rows of another number than their sequences have tokens", "[nn]") {
  for (const std::int64_t count : {1, 4, 6, 0}) {
    INFO(count);
    const Tensor x = ones({count, 8}), right = ones({5, 8});
    for (const auto positions : {nn::PositionKind::none, nn::PositionKind::rotary, nn::PositionKind::xpos,
                                 nn::PositionKind::clipped, nn::PositionKind::transformer_xl}) {
      const nn::MultiHeadAttention attention{.width = 8, .heads = 2, .positions = positions};
      CHECK_THROWS_AS(attention(x, five), Error);
      CHECK_THROWS_AS(attention(right, x, five, five), Error);
      CHECK_THROWS_AS(attention(x, right, five, five), Error);
      CHECK_THROWS_AS((nn::EncoderLayer<>{.width = 8, .heads = 2, .positions = positions}(x, five)), Error);
      CHECK_THROWS_AS((nn::DecoderLayer<>{.width = 8, .heads = 2, .positions = positions}(x, right, five, five)),
                      Error);
    }
    CHECK_THROWS_AS((nn::Gru{.in = 8, .width = 4}(x, five)), Error);
    CHECK_THROWS_AS((nn::Lstm{.in = 8, .width = 4, .bidirectional = true}(x, five)), Error);
    CHECK_THROWS_AS((nn::WithRegisters<>{.width = 8, .layers = {.width = 8, .heads = 2, .depth = 1}}(x, five)), Error);
    CHECK_THROWS_WITH((nn::StochasticDepth{.probability = 0.5f}(x, five)),
                      Contains(fmt::format("x is [{}, 8], but it must have a row for each of 5 tokens", count)));
    CHECK_THROWS_AS(nn::mean_rows(x, five), Error);
    CHECK_THROWS_AS((nn::AdditiveAttention{.width = 8}(x, right, five, five)), Error);
    CHECK_THROWS_AS((nn::AdditiveAttention{.width = 8}(right, x, five, five)), Error);
    CHECK_THROWS_AS((nn::DotAttention{.width = 8}(right, x, five, five)), Error);
    CHECK_THROWS_AS((nn::GeneralAttention{.width = 8}(x, right, five, five)), Error);
    CHECK_THROWS_AS((nn::TokenEmbedding{.vocabulary = 9, .width = 8}(tokens(5), tokens(count))), Error);
    CHECK_THROWS_AS(document_positions(tokens(count), five), Error);
  }
}
