// Models and states whose members were changed by hand or moved from: an Error, never an access to invalid memory.
#include <heed/heed.h>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Contains;

namespace {

const Sequences two{2, 1};
const Tensor tokens = tensor<std::int64_t>({1, 2, 3});
const Tensor next_tokens = tensor<std::int64_t>({4, 5});
const Sequences one_each{1, 1};

/// Checks that every function of a model throws Error with this message.
template <class Model, class Call>
void check_unusable(const Model& model, const std::string& part, const Call& call) {
  CHECK_THROWS_WITH(call(), Contains(part));
  CHECK_THROWS_AS(nn::parameters(model), Error);
  CHECK_THROWS_AS(nn::summary(model), Error);
  CHECK_THROWS_AS(nn::to_json(model), Error);
  CHECK_THROWS_AS(nn::clone(model), Error);
}

using Layer = nn::EncoderLayer<nn::MultiHeadAttention<>, nn::FeedForward>;
using Encoder = nn::Stack<Layer, nn::LayerNorm>;

Layer encoder_layer(Size width) {
  return {.attention = nn::MultiHeadAttention<>{.width = width, .heads = 2},
          .feed_forward = nn::FeedForward{.width = width}};
}

Encoder encoder_of(Size width, Size depth) {
  return {.layers = nn::repeat(depth, [&](int) { return encoder_layer(width); }),
          .norm = nn::LayerNorm{.width = width}};
}

nn::Gpt language_model(Size width, Size depth) {
  nn::Gpt model = nn::gpt({.vocabulary = 9, .width = width, .heads = 2, .depth = depth});
  nn::eval(model);
  return model;
}

}  // namespace

TEST_CASE("a stack may have any number of layers", "[by_hand]") {
  const Tensor x = normal({3, 4});
  Encoder encoder = encoder_of(4, 3);
  const Tensor of_two = encoder.norm(encoder.layers[1](encoder.layers[0](x, two), two));
  encoder.layers.pop_back();
  CHECK(encoder(x, two).to_vector<float>() == of_two.to_vector<float>());
  encoder.layers.push_back(encoder.layers[0]);  // a second time, with shared weights
  CHECK(encoder(x, two).to_vector<float>() ==
        encoder.norm(encoder.layers[0](encoder.layers[1](encoder.layers[0](x, two), two), two)).to_vector<float>());
  CHECK(nn::parameter_count(encoder) == nn::parameter_count(encoder_of(4, 2)));
  encoder.layers.clear();
  CHECK(encoder(x, two).to_vector<float>() == encoder.norm(x).to_vector<float>());
  CHECK((nn::Stack<Layer>{.layers = {}}(x, two).is(x)));

  encoder = encoder_of(4, 2);
  encoder.repeats = 0;
  check_unusable(encoder, "repeats must be at least 1", [&] { encoder(x, two); });
  encoder.repeats = -1;
  check_unusable(encoder, "repeats must be at least 1", [&] { encoder(x, two); });
}

TEST_CASE("sublayers of another width are refused by name", "[by_hand]") {
  const Tensor x = normal({3, 4});
  Layer layer = encoder_layer(4);
  layer.feed_forward = {.width = 6};
  CHECK_THROWS_WITH(layer(x, two), Contains("EncoderLayer: attention.width is 4, but feed_forward.width is 6"));
  layer = encoder_layer(4);
  layer.attention_residual = {.width = 6};
  CHECK_THROWS_WITH(layer(x, two), Contains("EncoderLayer: attention.width is 4, but attention_residual.width is 6"));
  Encoder encoder = encoder_of(4, 2);
  encoder.layers[1] = encoder_layer(6);
  CHECK_THROWS_WITH(encoder(x, two), Contains("its last axis must be 6 (width)"));
  encoder = encoder_of(4, 2);
  encoder.norm = {.width = 6};
  CHECK_THROWS_WITH(encoder(x, two), Contains("its last axis must be 6 (width)"));
  const nn::DecoderLayer decoder_layer{.attention = nn::MultiHeadAttention<>{.width = 4, .heads = 2},
                                       .cross_attention = nn::CrossAttention{.width = 6, .heads = 2},
                                       .feed_forward = nn::FeedForward{.width = 4}};
  CHECK_THROWS_WITH(decoder_layer(x, nn::Pass(two, {}, nn::Memory{x, two})),
                    Contains("DecoderLayer: attention.width is 4, but cross_attention.width is 6"));
  const nn::ParallelLayer parallel{.attention = nn::MultiHeadAttention<>{.width = 4, .heads = 2},
                                   .feed_forward = nn::FeedForward{.width = 6}};
  CHECK_THROWS_WITH(parallel(x, two), Contains("ParallelLayer: attention.width is 4, but feed_forward.width is 6"));
}

TEST_CASE("a wrong number of recurrent layers or experts is refused", "[by_hand]") {
  const Tensor x = normal({3, 4});
  nn::Gru gru{.in = 4, .width = 3, .depth = 2, .bidirectional = true};
  gru.backward.pop_back();
  check_unusable(gru, "there are 1 backward layers, but there must be 2", [&] { gru(x, two); });
  gru.forward.pop_back();
  check_unusable(gru, "there are 1 forward layers, but depth is 2", [&] { gru(x, two); });

  nn::MixtureOfExperts<> experts{.width = 4, .count = 3, .shared = 2};
  experts.shared_experts.pop_back();
  check_unusable(experts, "there are 1 shared experts, but shared is 2", [&] { experts(x); });
  experts.experts.clear();
  check_unusable(experts, "there are 0 experts", [&] { experts(x); });

  nn::RecurrentEncoderDecoder<> translator{.source_vocabulary = 9, .target_vocabulary = 9, .width = 4};
  translator.encoder = {.in = 4, .width = 2};
  check_unusable(translator, "the encoder must be bidirectional", [&] { translator(tokens, two, tokens, two); });
}

TEST_CASE("a moved-from model is refused", "[by_hand]") {
  const Tensor x = normal({3, 4});
  nn::Linear linear{.in = 4, .out = 2};
  const nn::Linear of_linear = std::move(linear);
  check_unusable(linear, "weight has no values: it was moved from, or never given any", [&] { linear(x); });
  Encoder encoder = encoder_of(4, 2);
  const Encoder of_encoder = std::move(encoder);
  check_unusable(encoder, "has no values", [&] { encoder(x, two); });
  CHECK(of_encoder(x, two).shape() == x.shape());
  nn::Gpt model = language_model(4, 2);
  const nn::Gpt of_model = std::move(model);
  check_unusable(model, "has no values", [&] { model(tokens, two); });
  nn::BertForPretraining<> bert{.bert = nn::bert({.vocabulary = 9, .width = 4, .heads = 2, .depth = 1})};
  const nn::BertForPretraining<> of_bert = std::move(bert);
  check_unusable(bert, "has no values", [&] { bert.bert(tokens, {}, two); });
}

TEST_CASE("the state of another model is refused, and an error leaves a state as it was", "[by_hand]") {
  const auto model = language_model(4, 2);
  auto deeper = model.initial_state(2), shallower = model.initial_state(2);
  language_model(4, 3).decode_step(deeper, tokens, two);
  CHECK_THROWS_WITH(model.decode_step(deeper, next_tokens, one_each),
                    Contains("the layers took 2 states, but 3 in the step before"));
  language_model(4, 1).decode_step(shallower, tokens, two);
  CHECK_THROWS_WITH(model.decode_step(shallower, next_tokens, one_each),
                    Contains("the layers ask for more than the 1 states of the step before"));
  auto wider = language_model(8, 2).initial_state(2);
  language_model(8, 2).decode_step(wider, tokens, two);
  CHECK_THROWS_WITH(model.decode_step(wider, next_tokens, one_each), Contains("KeyValueCache: key is"));
  auto more_rows = model.initial_state(3);
  CHECK_THROWS_AS(model.decode_step(more_rows, tokens, two), Error);

  auto state = model.initial_state(2), same = model.initial_state(2);
  model.decode_step(state, tokens, two);
  model.decode_step(same, tokens, two);
  CHECK_THROWS_AS(model.decode_step(state, tensor<std::int64_t>({4, 99}), one_each), Error);
  auto broken = model;
  broken.layers.layers[1].feed_forward.up = {.in = 5, .out = 16};
  CHECK_THROWS_AS(broken.decode_step(state, next_tokens, one_each), Error);
  CHECK(model.decode_step(state, next_tokens, one_each).to_vector<float>() ==
        model.decode_step(same, next_tokens, one_each).to_vector<float>());

  const auto layer = [](int) { return encoder_layer(4); };
  const auto decoder_layer = [](int) {
    return nn::DecoderLayer{.attention = nn::MultiHeadAttention<>{.width = 4, .heads = 2},
                            .cross_attention = nn::CrossAttention{.width = 4, .heads = 2},
                            .feed_forward = nn::FeedForward{.width = 4}};
  };
  auto translator = nn::transformer({.vocabulary = 9, .width = 4, .heads = 2, .depth = 2}, layer, decoder_layer);
  nn::eval(translator);
  auto of_translator = translator.initial_state(tokens, two),
       of_nothing = translator.initial_state(zeros({0}, int64), Sequences{0, 0}), of_language = model.initial_state(2);
  CHECK_THROWS_WITH(translator.decode_step(of_language, next_tokens, one_each),
                    Contains("a layer reads the memory, but the pass has none"));
  CHECK(translator.decode_step(of_nothing, next_tokens, one_each).shape() == Shape{2, 9});
  translator.decode_step(of_translator, next_tokens, one_each);
  model.decode_step(of_language, next_tokens, one_each);
  CHECK_THROWS_WITH(model.decode_step(of_translator, next_tokens, one_each), Contains("is it another model's cache?"));
  CHECK_THROWS_WITH(translator.decode_step(of_language, next_tokens, one_each),
                    Contains("is it another model's cache?"));

  CHECK_THROWS_AS(of_translator.start_step(Sequences{1}), Error);
  CHECK_THROWS_WITH(of_translator.finish_step(), "DecodingCache: no step was started");
  of_translator.start_step(one_each);
  CHECK_THROWS_WITH(translator.decode_step(of_translator, next_tokens, one_each), Contains("a step is under way"));
  of_translator.cancel_step();
  translator.decode_step(of_translator, next_tokens, one_each);
  CHECK_THROWS_WITH(of_translator.select(tensor<std::int64_t>({2})),
                    "DecodingCache: row 2 is selected, but there are 2");
  CHECK_THROWS_AS(of_translator.select(tensor<float>({0})), Error);

  nn::KeyValueCache cache(2);
  const std::vector<std::int64_t> outside{2}, negative{-1};
  CHECK_THROWS_WITH(cache.select(outside), "KeyValueCache: row 2 is selected, but there are 2");
  CHECK_THROWS_WITH(cache.select(negative), "KeyValueCache: row -1 is selected, but there are 2");
  CHECK_THROWS_AS(nn::KeyValueCache(std::int64_t{1} << 60), Error);
  CHECK_THROWS_AS(nn::DecodingCache(std::int64_t{1} << 60), Error);
  CHECK_THROWS_AS(nn::DecodingCache(-1), Error);
  CHECK_THROWS_WITH(nn::DecodingCache(3, nn::Memory{zeros({3, 4}), two}),
                    "DecodingCache: got 3 rows, but the memory has 2 sequences");
  CHECK_THROWS_AS(model.initial_state(std::int64_t{1} << 60), Error);
}

TEST_CASE("the state of another recurrent model is refused", "[by_hand]") {
  using Model = nn::RecurrentEncoderDecoder<nn::AdditiveAttention>;
  const auto model = [](std::int64_t width, std::int64_t depth) {
    return Model{.source_vocabulary = 9, .target_vocabulary = 9, .width = width, .depth = depth, .input_feeding = true};
  };
  const Model one = model(4, 1), deep = model(4, 2), wide = model(8, 1);
  auto of_deep = deep.initial_state(tokens, two), of_wide = wide.initial_state(tokens, two),
       of_one = one.initial_state(tokens, two);
  CHECK_THROWS_AS(one.decode_step(of_deep, next_tokens, one_each), Error);
  CHECK_THROWS_AS(one.decode_step(of_wide, next_tokens, one_each), Error);
  CHECK_THROWS_AS(of_one.keep_first(3), Error);
  CHECK_THROWS_AS(of_one.keep_first(-1), Error);
  CHECK_THROWS_AS(of_one.select(tensor<std::int64_t>({2})), Error);
  CHECK_THROWS_AS(of_one.select(tensor<float>({0.5f})), Error);
  of_one.recurrent.hidden.clear();
  of_one.memory = {};
  CHECK_THROWS_AS(one.decode_step(of_one, next_tokens, one_each), Error);
}

TEST_CASE("cached_attention refuses negative lengths, and nested masks are limited", "[by_hand]") {
  const Tensor query = normal({1, 2, 4}), key = normal({3, 2, 4});
  const std::vector<KeysAndValues> cached{{key, key, -1}};
  CHECK_THROWS_WITH(cached_attention(query, cached, Sequences{1}),
                    "cached_attention: the length of sequence 0 is -1, but it must not be negative");

  const auto fold = [](int times, const auto& step) {
    Mask mask = causal();
    for (int i = 0; i < times; ++i) mask = step(mask);
    return mask;
  };
  const auto both = [](const Mask& mask) { return mask & window(5); };
  const auto either = [](const Mask& mask) { return prefix(1) | mask; };
  const auto none = [](const Mask& mask) { return !mask; };
  CHECK_THROWS_WITH(fold(100'000, both), Contains("combined of masks 1001 deep, but the depth must be at most 1000"));
  CHECK_THROWS_WITH(fold(100'000, either), Contains("combined of masks"));
  CHECK_THROWS_WITH(fold(100'000, none), Contains("combined of masks"));
  const Tensor x = normal({6, 1, 4});
  const Sequences six{6};
  const auto of_mask = [&](const Mask& mask) {
    return attention(x, x, x, six, six, {.mask = mask}).to_vector<float>();
  };
  CHECK(of_mask(fold(998, none)) == of_mask(causal()));
  CHECK(of_mask(fold(999, both)) == of_mask(both(causal())));
}
