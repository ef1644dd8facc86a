#include <heed/heed.h>

#include "catch.h"

using namespace heed;

TEST_CASE("the final norm of a preset has the configuration's epsilon", "[nn]") {
  const auto layer = [](int) {
    return nn::EncoderLayer{.attention = nn::MultiHeadAttention<>{.width = 8, .heads = 2},
                            .feed_forward = nn::FeedForward{.width = 8}};
  };
  const auto decoder_layer = [](int) {
    return nn::DecoderLayer{.attention = nn::MultiHeadAttention<>{.width = 8, .heads = 2},
                            .cross_attention = nn::CrossAttention{.width = 8, .heads = 2},
                            .feed_forward = nn::FeedForward{.width = 8}};
  };
  constexpr float epsilon = 1e-3f;
  CHECK(nn::gpt({.vocabulary = 5, .width = 8, .heads = 2, .depth = 1, .epsilon = epsilon}).layers.norm.epsilon ==
        epsilon);
  CHECK(nn::gpt({.vocabulary = 5, .width = 8, .heads = 2, .depth = 1, .epsilon = epsilon}, layer).layers.norm.epsilon ==
        epsilon);
  CHECK(
      nn::bert({.vocabulary = 5, .width = 8, .heads = 2, .depth = 1, .epsilon = epsilon}, layer).encoder.norm.epsilon ==
      epsilon);
  const auto translator =
      nn::transformer({.vocabulary = 5, .width = 8, .heads = 2, .depth = 1, .epsilon = epsilon}, layer, decoder_layer);
  CHECK(translator.encoder.norm.epsilon == epsilon);
  CHECK(translator.decoder.norm.epsilon == epsilon);
}

TEST_CASE("a BERT's parameters are drawn in the order of its fields", "[nn]") {
  seed(7);
  const auto bert = nn::bert({.vocabulary = 5, .width = 8, .heads = 2, .depth = 1});
  seed(7);
  const nn::Embedding tokens{.count = 5, .width = 8}, segments{.count = 2, .width = 8};
  const nn::LearnedPositions positions{.max_length = 512, .width = 8};
  const nn::Linear query{.in = 8, .out = 8};
  const auto same = [](const Tensor& a, const Tensor& b) { return a.to_vector<float>() == b.to_vector<float>(); };
  CHECK(same(bert.token_embedding.weight, tokens.weight));
  CHECK(same(bert.segment_embedding.weight, segments.weight));
  CHECK(same(bert.position_embedding.weight, positions.weight));
  CHECK(same(bert.encoder.layers[0].attention.query.weight, query.weight));
}
