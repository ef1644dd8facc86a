// Also tests nn/models/llama.h, nn/models/t5.h.
#include "nn/layers/wrong_sizes.h"

using namespace heed;
using wrong_sizes::try_layer, wrong_sizes::try_making;

namespace {

const Sequences two{2, 1};
const Tensor tokens = tensor<std::int64_t>({1, 2, 3});

Tensor rows(std::int64_t width) { return normal({3, width}); }

template <class Model>
Model in_evaluation(Model model) {
  nn::eval(model);
  return model;
}

}  // namespace

TEST_CASE("language models of wrong sizes are built and throw when they are used", "[wrong_sizes]") {
  const auto call = [](const auto& model) {
    model(tokens, two);
    auto state = model.initial_state(2);
    model.decode_step(state, tokens, two);
  };
  try_making(
      nn::GptConfig{.vocabulary = 7, .width = 4, .heads = 2, .depth = 2},
      [](const nn::GptConfig& config) { return in_evaluation(nn::gpt(config)); }, call);
  try_making(
      nn::LlamaConfig{.vocabulary = 7, .width = 4, .heads = 2, .depth = 2},
      [](const nn::LlamaConfig& config) { return in_evaluation(nn::llama(config)); }, call);
}

TEST_CASE("translators of wrong sizes are built and throw when they are used", "[wrong_sizes]") {
  const auto call = [](const auto& model) {
    model(tokens, two, tokens, two);
    auto state = model.initial_state(tokens, two);
    model.decode_step(state, tokens, two);
  };
  try_making(
      nn::TransformerConfig{.vocabulary = 7, .width = 4, .heads = 2, .depth = 2},
      [](const nn::TransformerConfig& config) { return in_evaluation(nn::transformer(config)); }, call);
  try_making(
      nn::T5Config{.vocabulary = 7, .width = 4, .heads = 2, .depth = 2},
      [](const nn::T5Config& config) { return in_evaluation(nn::t5(config)); }, call);
  using Translator = nn::RecurrentEncoderDecoder<nn::ConcatAttention, nn::LstmUnit>;
  try_layer(Translator{.source_vocabulary = 7, .target_vocabulary = 6, .width = 4, .depth = 2, .input_feeding = true},
            [](const Translator& model) { model(tokens, two, tokens, two); });
}

TEST_CASE("BERT of wrong sizes is built and throws when it is used", "[wrong_sizes]") {
  const nn::BertConfig sizes{.vocabulary = 7, .width = 4, .heads = 2, .depth = 2};
  const auto bert = [](const nn::BertConfig& config) { return nn::bert(config); };
  const nn::BertBatch batch{tokens, {}, two, tensor<std::int64_t>({0}), tensor<std::int64_t>({1}), {}};
  try_making(sizes, bert, [](const nn::Bert& model) { model(tokens, {}, two); });
  try_making(nn::AlbertConfig{.bert = sizes, .embedding_width = 2}, nn::albert,
             [](const nn::Bert& model) { model(tokens, {}, two); });
  try_making(
      sizes, [&](const nn::BertConfig& config) { return nn::BertForPretraining{.bert = bert(config)}; },
      [&](const nn::BertForPretraining<>& model) { model.loss(batch); });
  try_making(
      sizes, [&](const nn::BertConfig& config) { return nn::BertForMaskedLM{.bert = bert(config)}; },
      [&](const nn::BertForMaskedLM<>& model) { model.loss(batch); });
  try_layer(nn::BertForSequenceClassification{.classes = 3, .bert = bert(sizes)},
            [](const nn::BertForSequenceClassification<>& model) { model(tokens, {}, two); });
  try_layer(nn::MaskedLanguageHead<>{.vocabulary = 7, .width = 4}, [](const nn::MaskedLanguageHead<>& head) {
    head.loss(rows(4), normal({7, 4}), tokens);
    head.logits(rows(4), normal({7, 4}));
  });
}
