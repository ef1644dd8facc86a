// Comparison with Hugging Face's BertForPreTraining. The files were written by tests/golden/bert.py.
#include <heed/heed.h>
#include <heed/nn/models/bert_names.h>

#include <filesystem>
#include <map>

#include "catch.h"
#include "golden_folder.h"
#include "nn/difference.h"

using namespace heed;

namespace {

void compare(const std::string& name, const nn::BertForPretraining<>& model) {
  const io::TensorFile file = io::load_tensors(golden_folder() + "/bert/" + name + ".safetensors");
  std::map<std::string, Tensor> golden(file.tensors.begin(), file.tensors.end());
  std::vector<std::pair<std::string, Tensor>> weights;
  for (const auto& [key, tensor] : file.tensors)
    if (key.starts_with("model.")) weights.emplace_back(key.substr(6), tensor);
  const auto path = (std::filesystem::temp_directory_path() / ("heed-golden-" + name)).string();
  io::save_tensors(weights, path);
  nn::load_hugging_face(model, path);
  std::filesystem::remove(path);

  const auto lengths = golden.at("lengths").to_vector<std::int64_t>();
  const nn::BertBatch batch{golden.at("tokens"),           golden.at("segments"),      Sequences(std::span(lengths)),
                            golden.at("masked_positions"), golden.at("masked_labels"), golden.at("next_labels")};
  CHECK(difference(model.bert(batch.tokens, batch.segments, batch.sequences), golden.at("hidden")) < 1e-5);
  CHECK(difference(model.masked_logits(batch), golden.at("masked_logits")) < 1e-5);
  CHECK(difference(model.next_logits(batch), golden.at("next_logits")) < 1e-5);
  const nn::BertLoss loss = model.loss(batch);
  CHECK(loss.total.item() == Approx(golden.at("loss").item()).epsilon(1e-5));
  CHECK(loss.next.item() == Approx(golden.at("next_loss").item()).epsilon(1e-5));
  backward(loss.total);
  std::size_t compared = 0;
  for (const auto& [field, parameter] : nn::named_parameters(model)) {
    INFO(field);
    CHECK(difference(parameter.grad(), golden.at("gradient." + nn::hugging_face_name(field))) < 1e-5);
    ++compared;
  }
  CHECK(compared == weights.size());
}

}  // namespace

TEST_CASE("BERT equals Hugging Face's, outputs and gradients", "[nn]") {
  auto two_layers = nn::BertForPretraining{
      .bert = nn::bert({.vocabulary = 40, .width = 16, .heads = 2, .depth = 2, .max_length = 12})};
  nn::eval(two_layers);
  compare("two_layers", two_layers);
  auto three_heads = nn::BertForPretraining{
      .bert = nn::bert({.vocabulary = 33, .width = 24, .heads = 3, .depth = 1, .max_length = 12})};
  nn::eval(three_heads);
  compare("three_heads", three_heads);
}

TEST_CASE("BERT with groups of shared layers and factorised embeddings equals Hugging Face's ALBERT", "[nn]") {
  const io::TensorFile file = io::load_tensors(golden_folder() + "/bert/albert.safetensors");
  const std::map<std::string, Tensor> golden(file.tensors.begin(), file.tensors.end());
  auto model = nn::BertForMaskedLM{
      .bert = nn::albert({.bert = {.vocabulary = 40, .width = 16, .heads = 2, .depth = 4, .max_length = 12},
                          .embedding_width = 6,
                          .groups = 2})};
  nn::eval(model);
  for (const auto& [path, parameter] : nn::named_parameters(model))
    if (path.find("pooler") == std::string::npos)
      no_grad([&, &p = path, &to = parameter] { assign(to, golden.at("model." + p)); });
  const auto lengths = golden.at("lengths").to_vector<std::int64_t>();
  const nn::BertBatch batch{.tokens = golden.at("tokens"),
                            .segments = golden.at("segments"),
                            .sequences = Sequences(std::span(lengths)),
                            .masked_positions = golden.at("masked_positions"),
                            .masked_labels = golden.at("masked_labels"),
                            .next_labels = {}};
  CHECK(difference(model.bert(batch.tokens, batch.segments, batch.sequences), golden.at("hidden")) < 1e-5);
  const Tensor loss = model.loss(batch);
  CHECK(loss.item() == Approx(golden.at("loss").item()).epsilon(1e-5));
  backward(loss);
  std::size_t compared = 0;
  for (const auto& [path, parameter] : nn::named_parameters(model)) {
    if (path.find("pooler") != std::string::npos) continue;
    INFO(path);
    CHECK(difference(parameter.grad(), golden.at("gradient." + path)) < 1e-5);
    ++compared;
  }
  CHECK(compared == 44);
}

TEST_CASE("a file that does not fit changes nothing", "[nn]") {
  const auto model = nn::BertForPretraining{
      .bert = nn::bert({.vocabulary = 40, .width = 16, .heads = 2, .depth = 2, .max_length = 12})};
  CHECK_THROWS_WITH(nn::load_hugging_face(model, golden_folder() + "/bert/two_layers.safetensors"),
                    Catch::Matchers::Contains("missing are bert.embeddings.word_embeddings.weight, "));
}
