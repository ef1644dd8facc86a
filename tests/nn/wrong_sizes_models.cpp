#include "wrong_sizes.h"

using namespace heed;
using wrong_sizes::try_layer;

namespace {

const Sequences two{2, 1};
const Tensor tokens = tensor<std::int64_t>({1, 2, 3});

Tensor rows(std::int64_t width) { return normal({3, width}); }

}  // namespace

TEST_CASE("layers of transformers of wrong sizes are built and throw when they are used", "[wrong_sizes]") {
  const auto encode = [](const auto& layer) { layer(rows(4), two); };
  const auto decode = [](const auto& layer) { layer(rows(4), rows(4), two, two); };
  try_layer(nn::EncoderLayer<>{.width = 4, .heads = 2}, encode);
  using Side = nn::EncoderLayer<nn::MultiHeadAttention, nn::FeedForward, nn::RmsNorm, nn::Parallel>;
  try_layer(Side{.width = 4, .heads = 2}, encode);
  try_layer(nn::DecoderLayer<>{.width = 4, .heads = 2}, decode);
  try_layer(nn::Encoder<>{.width = 4, .heads = 2, .depth = 2}, encode);
  try_layer(nn::Decoder<>{.width = 4, .heads = 2, .depth = 2}, [&](const nn::Decoder<>& layer) {
    decode(layer);
    layer.begin(rows(4), two);
  });
}

TEST_CASE("language models and translators of wrong sizes are built and throw when they are used", "[wrong_sizes]") {
  for (const auto kind : {nn::PositionKind::learned, nn::PositionKind::sinusoidal})
    try_layer(nn::LanguageModel<>{.vocabulary = 7, .width = 4, .heads = 2, .depth = 2, .positions = kind},
              [](const nn::LanguageModel<>& model) {
                model(tokens, two);
                auto state = model.begin(2);
                model.next(state, tokens, two);
              });
  try_layer(nn::EncoderDecoder<>{.vocabulary = 7, .width = 4, .heads = 2, .depth = 2},
            [](const nn::EncoderDecoder<>& model) {
              model(tokens, two, tokens, two);
              auto state = model.begin(tokens, two);
              model.next(state, tokens, two);
            });
  using Translator = nn::RecurrentEncoderDecoder<nn::ConcatAttention, nn::LstmUnit>;
  try_layer(Translator{.source_vocabulary = 7, .target_vocabulary = 6, .width = 4, .depth = 2, .input_feeding = true},
            [](const Translator& model) { model(tokens, two, tokens, two); });
}

TEST_CASE("BERT of wrong sizes is built and throws when it is used", "[wrong_sizes]") {
  try_layer(nn::Bert<>{.vocabulary = 7, .width = 4, .heads = 2, .depth = 2},
            [](const nn::Bert<>& model) { model(tokens, {}, two); });
  const nn::BertBatch batch{tokens, {}, two, tensor<std::int64_t>({0}), tensor<std::int64_t>({1}), {}};
  try_layer(nn::MaskedLanguageHead<>{.vocabulary = 7, .width = 4}, [](const nn::MaskedLanguageHead<>& head) {
    head.loss(rows(4), normal({7, 4}), tokens);
    head.logits(rows(4), normal({7, 4}));
  });
  try_layer(nn::BertForPretraining<>{.vocabulary = 7, .width = 4, .heads = 2, .depth = 2},
            [&](const nn::BertForPretraining<>& model) { model.loss(batch); });
  try_layer(nn::BertForMaskedLM<>{.vocabulary = 7, .width = 4, .heads = 2, .depth = 2},
            [&](const nn::BertForMaskedLM<>& model) { model.loss(batch); });
  try_layer(nn::BertForSequenceClassification<>{.vocabulary = 7, .width = 4, .heads = 2, .depth = 2, .classes = 3},
            [](const nn::BertForSequenceClassification<>& model) { model(tokens, {}, two); });
}
