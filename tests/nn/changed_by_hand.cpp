// Models and states whose members were changed by hand, or moved from: a sentence, never memory that is not theirs.
#include <heed/heed.h>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Contains;

namespace {

const Sequences two{2, 1};
const Tensor tokens = tensor<std::int64_t>({1, 2, 3});
const Tensor next_tokens = tensor<std::int64_t>({4, 5});
const Sequences one_each{1, 1};

/// Throws in all that is done with the model.
template <class Model, class Call>
void check_unusable(const Model& model, const std::string& part, const Call& call) {
  CHECK_THROWS_WITH(call(), Contains(part));
  CHECK_THROWS_AS(nn::parameters(model), Error);
  CHECK_THROWS_AS(nn::summary(model), Error);
  CHECK_THROWS_AS(nn::to_json(model), Error);
  CHECK_THROWS_AS(nn::clone(model), Error);
}

nn::LanguageModel<> language_model(std::int64_t width, std::int64_t depth) {
  nn::LanguageModel<> model{.vocabulary = 9, .width = width, .heads = 2, .depth = depth};
  nn::eval(model);
  return model;
}

}  // namespace

TEST_CASE("a stack with more or fewer layers than it says is refused", "[by_hand]") {
  const Tensor x = normal({3, 4});
  nn::Encoder<> encoder{.width = 4, .heads = 2, .depth = 3};
  encoder.layers.pop_back();
  check_unusable(encoder, "there are 2 layers, but groups is 3", [&] { encoder(x, two); });
  CHECK_THROWS_AS(encoder.layer(2), Error);
  const nn::Encoder<> given{.width = 4, .heads = 2, .depth = 3, .layers = {}};
  check_unusable(given, "there are 0 layers, but groups is 3", [&] { given(x, two); });
  nn::Encoder<> more{.width = 4, .heads = 2, .depth = 1};
  more.layers.push_back(more.layers[0]);
  check_unusable(more, "there are 2 layers, but groups is 1", [&] { more(x, two); });
  const nn::Encoder<> whole{.width = 4, .heads = 2, .depth = 2};
  CHECK_THROWS_WITH(whole.layer(2), Contains("there is no layer in place 2"));
  CHECK_THROWS_WITH(whole.layer(-1), Contains("there is no layer in place -1"));

  nn::Decoder<> decoder{.width = 4, .heads = 2, .depth = 2};
  decoder.layers.clear();
  check_unusable(decoder, "there are 0 layers, but groups is 2", [&] { decoder(x, x, two, two); });
  CHECK_THROWS_WITH(decoder.begin(x, two), Contains("there are 0 layers"));

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
  check_unusable(translator, "the encoder must run both ways", [&] { translator(tokens, two, tokens, two); });
}

TEST_CASE("a model that was moved from is refused", "[by_hand]") {
  const Tensor x = normal({3, 4});
  nn::Linear linear{.in = 4, .out = 2};
  const nn::Linear of_linear = std::move(linear);
  check_unusable(linear, "weight has no values: it was moved from, or never given any", [&] { linear(x); });
  nn::Encoder<> encoder{.width = 4, .heads = 2, .depth = 2};
  const nn::Encoder<> of_encoder = std::move(encoder);
  check_unusable(encoder, "there are 0 layers", [&] { encoder(x, two); });
  CHECK(of_encoder(x, two).shape() == x.shape());
  nn::LanguageModel<> model = language_model(4, 2);
  const nn::LanguageModel<> of_model = std::move(model);
  check_unusable(model, "has no values", [&] { model(tokens, two); });
  nn::BertForPretraining<> bert{.vocabulary = 9, .width = 4, .heads = 2, .depth = 1};
  const nn::BertForPretraining<> of_bert = std::move(bert);
  check_unusable(bert, "has no values", [&] { bert.bert(tokens, {}, two); });
}

TEST_CASE("the state of another model is refused, and an error leaves a state as it was", "[by_hand]") {
  const auto model = language_model(4, 2);
  auto deeper = language_model(4, 3).begin(2);
  CHECK_THROWS_WITH(model.next(deeper, tokens, two), Contains("there are 3 layers in the state, but depth is 2"));
  auto wider = language_model(8, 2).begin(2);
  language_model(8, 2).next(wider, tokens, two);
  CHECK_THROWS_WITH(model.next(wider, next_tokens, one_each), Contains("KeyValueCache: key is"));
  auto more_rows = model.begin(3);
  CHECK_THROWS_AS(model.next(more_rows, tokens, two), Error);

  auto state = model.begin(2), same = model.begin(2);
  model.next(state, tokens, two);
  model.next(same, tokens, two);
  CHECK_THROWS_AS(model.next(state, tensor<std::int64_t>({4, 99}), one_each), Error);
  auto broken = model;
  broken.layers.layers[1].feed_forward.up = {.in = 5, .out = 16};
  CHECK_THROWS_AS(broken.next(state, next_tokens, one_each), Error);
  CHECK(model.next(state, next_tokens, one_each).to_vector<float>() ==
        model.next(same, next_tokens, one_each).to_vector<float>());

  auto changed = model.begin(2);
  model.next(changed, tokens, two);
  changed.lengths[0] = -1;
  CHECK_THROWS_WITH(model.next(changed, next_tokens, one_each), Contains("row 0 has 2 tokens in layer 0"));
  changed.lengths = {2, 1, 0};
  CHECK_THROWS_WITH(model.next(changed, next_tokens, one_each), Contains("but there are 3 lengths"));
  changed.lengths = {2, 1};
  changed.layers.pop_back();
  CHECK_THROWS_WITH(model.next(changed, next_tokens, one_each), Contains("there are 1 layers in the state"));

  const nn::EncoderDecoder<> translator{.vocabulary = 9, .width = 4, .heads = 2, .depth = 2};
  auto of_translator = translator.begin(tokens, two), of_nothing = translator.begin(zeros({0}, int64), Sequences{0, 0}),
       of_language = model.begin(2);
  CHECK_THROWS_WITH(model.next(of_translator, next_tokens, one_each), Contains("layer 0 has a memory, but the model"));
  CHECK_THROWS_WITH(translator.next(of_language, next_tokens, one_each), Contains("layer 0 has no memory, but the"));
  CHECK(translator.next(of_nothing, next_tokens, one_each).shape() == Shape{2, 9});

  nn::KeyValueCache cache(2);
  const std::vector<std::int64_t> outside{2}, negative{-1};
  CHECK_THROWS_WITH(cache.select(outside), "KeyValueCache: row 2 is selected, but there are 2");
  CHECK_THROWS_WITH(cache.select(negative), "KeyValueCache: row -1 is selected, but there are 2");
  CHECK_THROWS_AS(nn::KeyValueCache(std::int64_t{1} << 60), Error);
  CHECK_THROWS_AS(nn::DecoderState(2, std::int64_t{1} << 40), Error);
  CHECK_THROWS_AS(nn::DecoderState(2, -1), Error);
  CHECK_THROWS_AS(model.begin(std::int64_t{1} << 60), Error);
}

TEST_CASE("the state of another recurrent model is refused", "[by_hand]") {
  using Model = nn::RecurrentEncoderDecoder<nn::AdditiveAttention>;
  const auto model = [](std::int64_t width, std::int64_t depth) {
    return Model{.source_vocabulary = 9, .target_vocabulary = 9, .width = width, .depth = depth, .input_feeding = true};
  };
  const Model one = model(4, 1), deep = model(4, 2), wide = model(8, 1);
  auto of_deep = deep.begin(tokens, two), of_wide = wide.begin(tokens, two), of_one = one.begin(tokens, two);
  CHECK_THROWS_AS(one.next(of_deep, next_tokens, one_each), Error);
  CHECK_THROWS_AS(one.next(of_wide, next_tokens, one_each), Error);
  CHECK_THROWS_AS(of_one.keep_first(3), Error);
  CHECK_THROWS_AS(of_one.keep_first(-1), Error);
  CHECK_THROWS_AS(of_one.select(tensor<std::int64_t>({2})), Error);
  CHECK_THROWS_AS(of_one.select(tensor<float>({0.5f})), Error);
  of_one.recurrent.hidden.clear();
  of_one.memory = {};
  CHECK_THROWS_AS(one.next(of_one, next_tokens, one_each), Error);
}

TEST_CASE("cached_attention refuses negative lengths, and masks within masks come to an end", "[by_hand]") {
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
  CHECK_THROWS_WITH(fold(100'000, both), Contains("masks within masks, 1001 deep, but at most 1000"));
  CHECK_THROWS_WITH(fold(100'000, either), Contains("masks within masks"));
  CHECK_THROWS_WITH(fold(100'000, none), Contains("masks within masks"));
  const Tensor x = normal({6, 1, 4});
  const Sequences six{6};
  const auto of_mask = [&](const Mask& mask) {
    return attention(x, x, x, six, six, {.mask = mask}).to_vector<float>();
  };
  CHECK(of_mask(fold(998, none)) == of_mask(causal()));
  CHECK(of_mask(fold(999, both)) == of_mask(both(causal())));
}
