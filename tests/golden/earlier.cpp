// Writes tests/golden/earlier: small models with their outputs, in the format of heed at commit 00364dd, with whose
// headers and library, in $build, it compiles:
//   g++ -std=c++20 -O1 -I $build/include earlier.cpp $build/libheed.a -ldnnl -ltbb -lfmt -lutf8proc -licuuc -lz
//   ./a.out earlier
#include <heed/heed.h>

#include <string>
#include <utility>
#include <vector>

using namespace heed;

namespace {

const Sequences sequences{4, 1, 3};
const Tensor tokens = tensor<std::int64_t>({3, 1, 4, 1, 5, 2, 6, 5}),
             segments = tensor<std::int64_t>({0, 0, 1, 1, 0, 0, 1, 0});

/// Randomises parameters, so that those initialised to zero or one are tested too.
template <class Model>
void randomise(Model& model) {
  NoGrad scope;
  for (const nn::Parameter& parameter : nn::parameters(model)) assign(parameter, normal(parameter.shape(), 0, 0.5));
  nn::eval(model);
}

}  // namespace

int main(int, char** arguments) {
  seed(1);
  NoGrad scope;
  const std::string folder = std::string(arguments[1]) + "/";
  std::vector<std::pair<std::string, Tensor>> values{{"tokens", tokens}, {"segments", segments}};
  const auto write = [&](const std::string& name, auto model, const auto& call) {
    randomise(model);
    values.emplace_back(name, call(model));
    nn::save(model, folder + name + ".safetensors");
    if (name == "classifier" || name == "pretraining") nn::save_config(model, folder + name + ".json");
  };

  nn::BertForSequenceClassification<> classifier{.vocabulary = 8,
                                                 .width = 4,
                                                 .heads = 2,
                                                 .depth = 2,
                                                 .classes = 3,
                                                 .longest = 5,
                                                 .pooling = nn::Pooling::mean,
                                                 .dropout = 0.2f,
                                                 .attention_dropout = 0.3f,
                                                 .stochastic_depth = 0.1f};
  write("classifier", classifier, [](const auto& model) { return model(tokens, segments, sequences); });
  nn::BertForPretraining<> pretraining{
      .vocabulary = 8, .width = 4, .heads = 2, .depth = 2, .longest = 5, .groups = 1, .embedding_width = 3};
  write("pretraining", pretraining,
        [](const auto& model) { return model.masked_logits({tokens, segments, sequences, arange(8), tokens, {}}); });

  const Tensor x = normal({8, 4});
  values.emplace_back("x", x);
  const std::pair<std::string, nn::PositionKind> kinds[] = {{"none", nn::PositionKind::none},
                                                            {"rotary", nn::PositionKind::rotary},
                                                            {"learned_alibi", nn::PositionKind::learned_alibi},
                                                            {"clipped", nn::PositionKind::clipped},
                                                            {"buckets", nn::PositionKind::buckets},
                                                            {"shaw", nn::PositionKind::shaw},
                                                            {"transformer_xl", nn::PositionKind::transformer_xl}};
  for (const auto& [name, kind] : kinds)
    write("attention_" + name, nn::MultiHeadAttention{.width = 4, .heads = 2, .positions = kind},
          [&](const auto& model) { return model(x, sequences); });

  const auto logits = [](const auto& model) { return model(tokens, sequences); };
  write("language_model",
        nn::LanguageModel<>{.vocabulary = 8,
                            .width = 4,
                            .heads = 2,
                            .depth = 2,
                            .longest = 5,
                            .positions = nn::PositionKind::learned,
                            .tied = false},
        logits);
  write("llama",
        nn::LanguageModel<nn::MultiHeadAttention, nn::SwigluFeedForward, nn::RmsNorm>{
            .vocabulary = 8, .width = 4, .heads = 2, .depth = 1, .key_heads = 1, .positions = nn::PositionKind::rotary},
        logits);
  write("residuals",
        nn::LanguageModel<nn::MultiHeadAttention, nn::FeedForward, nn::LayerNorm, nn::Sandwich>{
            .vocabulary = 8, .width = 4, .heads = 2, .depth = 1},
        logits);
  write("parallel",
        nn::LanguageModel<nn::MultiHeadAttention, nn::FeedForward, nn::LayerNorm, nn::Parallel>{
            .vocabulary = 8, .width = 4, .heads = 2, .depth = 1},
        logits);
  write("translator", nn::EncoderDecoder<>{.vocabulary = 8, .width = 4, .heads = 2, .depth = 1},
        [](const auto& model) { return model(tokens, sequences, tokens, sequences); });
  io::save_tensors(values, folder + "outputs.safetensors");
}
