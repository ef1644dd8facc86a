// Variants of Hugging Face's files. The weights are those of bert_golden.cpp.
// Also tests nn/models/bert_names.h.
#include <heed/heed.h>
#include <heed/io/files.h>
#include <heed/nn/models/bert_names.h>

#include <map>

#include "catch.h"
#include "golden_folder.h"
#include "nn/difference.h"
#include "nn/temporary_folder.h"

using namespace heed;
using Catch::Matchers::Contains;
using Texts = std::vector<std::string>;

namespace {

struct Files {
  TemporaryFolder folder;
  std::map<std::string, Tensor> golden, weights;

  Files() {
    const io::TensorFile file = io::load_tensors(golden_folder() + "/bert/two_layers.safetensors");
    golden.insert(file.tensors.begin(), file.tensors.end());
    for (const auto& [key, tensor] : file.tensors)
      if (key.starts_with("model.")) weights[key.substr(6)] = tensor;
  }
  std::string save(const std::map<std::string, Tensor>& tensors) const {
    io::save_tensors({tensors.begin(), tensors.end()}, folder.file("model.safetensors"));
    return folder.file("model.safetensors");
  }
  /// Renames each tensor to f(name); those with an empty name are left out.
  template <class Function>
  std::string renamed(const Function& f) const {
    std::map<std::string, Tensor> tensors;
    for (const auto& [name, tensor] : weights)
      if (const std::string to = f(name); !to.empty()) tensors[to] = tensor;
    return save(tensors);
  }
  double difference_of(const nn::Bert& bert) const {
    const auto lengths = golden.at("lengths").to_vector<std::int64_t>();
    return difference(bert(golden.at("tokens"), golden.at("segments"), Sequences(std::span(lengths))),
                      golden.at("hidden"));
  }
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  if (const auto at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

const nn::BertConfig sizes{.vocabulary = 40, .width = 16, .heads = 2, .depth = 2, .max_length = 12};

nn::Bert small_bert(std::int64_t depth = 2, std::int64_t heads = 2) {
  nn::BertConfig config = sizes;
  config.depth = depth;
  config.heads = heads;
  auto model = nn::bert(config);
  nn::eval(model);
  return model;
}

template <class Model>
Model small(std::int64_t depth = 2, std::int64_t heads = 2) {
  auto model = Model{.bert = small_bert(depth, heads)};
  nn::eval(model);
  return model;
}

std::vector<std::vector<float>> values_of(nn::AnyLayer model) {
  std::vector<std::vector<float>> values;
  for (const nn::Parameter& parameter : nn::parameters(model)) values.push_back(parameter.to_vector<float>());
  return values;
}

}  // namespace

TEST_CASE("Hugging Face's names in their variants", "[nn]") {
  const Files files;
  const auto same = [](const std::string& name) { return name; };
  const auto with_gamma = [](const std::string& name) {
    return replaced(replaced(name, "LayerNorm.weight", "LayerNorm.gamma"), "LayerNorm.bias", "LayerNorm.beta");
  };
  const auto without_prefix = [](const std::string& name) {
    return name.starts_with("bert.") ? name.substr(5) : std::string{};
  };
  const auto bare = [](const std::string& name) { return name.starts_with("bert.") ? name : std::string{}; };
  const auto no_pooler = [](const std::string& name) {
    return name.starts_with("bert.pooler") || name.starts_with("cls.seq") ? std::string{} : name;
  };
  const auto check = [&](const auto& model, const auto& change, const Texts& missing) {
    const auto report = nn::load_hugging_face(model, files.renamed(change));
    CHECK(report.missing == missing);
    if constexpr (requires { model.bert; })
      CHECK(files.difference_of(model.bert) < 1e-5);
    else
      CHECK(files.difference_of(model) < 1e-5);
    return report.unexpected;
  };
  const Texts head{"masked_head.transform.weight", "masked_head.transform.bias", "masked_head.norm.scale",
                   "masked_head.norm.bias", "masked_head.bias"};
  CHECK(check(small<nn::BertForPretraining<>>(), same, {}).empty());
  CHECK(check(small<nn::BertForPretraining<>>(), with_gamma, {}).empty());
  CHECK(check(small<nn::BertForMaskedLM<>>(), no_pooler, {"bert.pooler.weight", "bert.pooler.bias"}).empty());
  CHECK(check(small<nn::BertForMaskedLM<>>(), same, {}) ==
        Texts{"cls.seq_relationship.bias", "cls.seq_relationship.weight"});
  CHECK(check(small_bert(), without_prefix, {}).empty());
  CHECK(check(small_bert(), bare, {}).empty());
  CHECK(check(small_bert(), same, {}).size() >= 7);
  Texts headless = head;
  CHECK(check(small<nn::BertForMaskedLM<>>(), without_prefix, headless).empty());
  headless.insert(headless.end(), {"next_head.weight", "next_head.bias"});
  CHECK(check(small<nn::BertForPretraining<>>(), bare, headless).empty());

  auto classifier = nn::BertForSequenceClassification{.classes = 3, .bert = small_bert()};
  nn::eval(classifier);
  const auto before = classifier.classifier.weight.to_vector<float>();
  check(classifier, same, {"classifier.weight", "classifier.bias"});
  CHECK(classifier.classifier.weight.to_vector<float>() == before);

  // A folder, and the position_ids buffer.
  auto more = files.weights;
  more["bert.embeddings.position_ids"] = arange(12);
  files.save(more);
  const auto model = small<nn::BertForPretraining<>>();
  CHECK(nn::load_hugging_face(model, files.folder.file("")).unexpected == Texts{"bert.embeddings.position_ids"});
  CHECK(files.difference_of(model.bert) < 1e-5);
}

TEST_CASE("Hugging Face's files in other dtypes", "[nn]") {
  const Files files;
  for (const DType dtype : {bfloat16, float16}) {
    auto halves = files.weights;
    for (auto& [name, tensor] : halves) tensor = no_grad([&, &t = tensor] { return cast(t, dtype); });
    const auto model = small<nn::BertForPretraining<>>();
    nn::load_hugging_face(model, files.save(halves));
    for (const auto& [field, parameter] : nn::named_parameters(model))
      CHECK(parameter.to_vector<float>() == cast(halves.at(nn::hugging_face_name(field)), float32).to_vector<float>());
    CHECK(files.difference_of(model.bert) < 0.1);
  }
  auto doubles = files.weights;
  for (auto& [name, tensor] : doubles) tensor = cast(tensor, float64);
  const auto model = small<nn::BertForPretraining<>>();
  CHECK_THROWS_WITH(
      nn::load_hugging_face(model, files.save(doubles)),
      Contains("bert.embeddings.word_embeddings.weight is float64 [40, 16] but must be float32 [40, 16]"));
  nn::load_hugging_face(model, files.save(doubles), {.rounding = true});
  CHECK(files.difference_of(model.bert) < 1e-5);
}

TEST_CASE("Hugging Face's files that do not fit change nothing", "[nn]") {
  const Files files;
  const auto model = small<nn::BertForPretraining<>>();
  const auto before = values_of(model);
  const auto refused = [&](const std::string& path, const std::string& why, nn::AnyLayer into) {
    const auto values = values_of(into);
    CHECK_THROWS_WITH(nn::load_hugging_face(into, path), Contains(why));
    CHECK(values_of(into) == values);
  };
  const auto same = [](const std::string& name) { return name; };
  refused(files.renamed(same), "unexpected are bert.encoder.layer.1.attention.output.LayerNorm.bias, ",
          small<nn::BertForPretraining<>>(1));
  refused(files.renamed(same), "missing are bert.encoder.layer.2.attention.self.query.weight, ",
          small<nn::BertForPretraining<>>(3));
  refused(files.renamed([](const std::string& name) { return name == "cls.predictions.bias" ? "" : name; }),
          "missing are cls.predictions.bias", model);
  refused(files.renamed([](const std::string& name) { return name == "bert.pooler.dense.bias" ? "" : name; }),
          "missing are bert.pooler.dense.bias", model);
  refused(files.renamed([](const std::string& name) { return replaced(name, "bert.", "roberta."); }),
          "missing are bert.embeddings.word_embeddings.weight, ", model);

  auto changed = files.weights;
  const Tensor& embeddings = changed.at("bert.embeddings.word_embeddings.weight");
  changed["cls.predictions.decoder.weight"] = embeddings;
  changed["cls.predictions.decoder.bias"] = changed.at("cls.predictions.bias");
  CHECK(nn::load_hugging_face(small<nn::BertForPretraining<>>(), files.save(changed)).unexpected.empty());
  CHECK(nn::load_hugging_face(small_bert(), files.save(changed)).missing.empty());
  changed["cls.predictions.decoder.weight"] = embeddings + 1;
  refused(
      files.save(changed),
      "cls.predictions.decoder.weight differs from bert.embeddings.word_embeddings.weight, to which the model ties it",
      model);
  changed["cls.predictions.decoder.weight"] = embeddings;
  changed["cls.predictions.decoder.bias"] = ones({40});
  refused(files.save(changed), "cls.predictions.decoder.bias differs from cls.predictions.bias", model);

  changed = files.weights;
  changed["bert.embeddings.LayerNorm.gamma"] = ones({16});
  refused(files.save(changed), "twice are bert.embeddings.LayerNorm.weight", model);
  changed = files.weights;
  changed["bert.pooler.dense.bias"] = ones({15});
  changed["odd.weight"] = ones({1});
  refused(files.save(changed),
          "bert.pooler.dense.bias is float32 [15] but must be float32 [16]; unexpected are odd.weight", model);
  CHECK(values_of(model) == before);
}

TEST_CASE("a config.json in the folder of the weights is compared", "[nn]") {
  const Files files;
  const std::string path = files.save(files.weights), config = files.folder.file("config.json");
  const auto with = [&](const std::string& text) {
    io::write_file("test", config, text);
    nn::load_hugging_face(small<nn::BertForPretraining<>>(), path);
  };
  with(R"({"num_attention_heads": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "model_type": "bert",
           "position_embedding_type": "absolute", "hidden_dropout_prob": 0.3, "vocab_size": 40})");
  with("{}");
  CHECK_THROWS_WITH(with(R"({"num_attention_heads": 4})"),
                    Contains("num_attention_heads is 4 in " + config + ", but ") && Contains(" is 2 in the model"));
  CHECK_THROWS_WITH(with(R"({"hidden_act": "gelu_new"})"), Contains("hidden_act is \"gelu_new\""));
  CHECK_THROWS_WITH(with(R"({"layer_norm_eps": 1e-5})"), Contains("layer_norm_eps is 1e-05"));
  CHECK_THROWS_WITH(with(R"({"position_embedding_type": "relative_key"})"), Contains("position_embedding_type"));
  CHECK_THROWS_WITH(with(R"({"model_type": "roberta"})"), Contains("model_type is \"roberta\""));
  CHECK_THROWS_WITH(with(R"({"num_hidden_layers": 12})"), Contains("num_hidden_layers is 12 in " + config + ", but ") &&
                                                              Contains("the number of layers is 2 in the model"));
  with("\xEF\xBB\xBF{\"num_hidden_layers\": 2}");
  CHECK_THROWS_WITH(with("[1"), "load_hugging_face: " + config + " is not a JSON object");
  CHECK_THROWS_WITH(nn::load_hugging_face(small<nn::BertForPretraining<>>(), std::string(5000, 'x')),
                    Contains("cannot be read: File name too long"));
  io::write_file("test", config, R"({"num_attention_heads": 2})");
  CHECK_THROWS_WITH(nn::load_hugging_face(small<nn::BertForPretraining<>>(2, 4), path),
                    Contains("num_attention_heads is 2 in "));
}

TEST_CASE("loading weights compares settings that shapes do not show", "[nn]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("model.safetensors"), run = folder.file("run.safetensors");
  const auto two = small<nn::BertForMaskedLM<>>(2, 2);
  nn::save(two, path);
  const auto four = small<nn::BertForMaskedLM<>>(2, 4);
  const auto before = values_of(four);
  CHECK_THROWS_WITH(nn::load(four, path),
                    Contains(": bert.encoder.layers.0.attention.heads is 2 in the file but 4 in the model"));
  CHECK(values_of(four) == before);
  const auto report = nn::load(four, path, {.strict = false});
  CHECK(report.differing.at(0) == "bert.encoder.layers.0.attention.heads is 2 in the file but 4 in the model");
  CHECK(values_of(four) == values_of(two));

  optim::AdamW adam{nn::parameters(two)}, other{nn::parameters(four)};
  train::save_checkpoint(run, two, adam, {});
  CHECK_THROWS_WITH(train::load_checkpoint(run, four, other),
                    Contains("attention.heads is 2 in the file but 4 in the model"));

  // Settings of training alone may differ; others may not.
  auto config = sizes;
  config.dropout = 0.7f;
  config.stochastic_depth = 0.2f;
  nn::load(nn::BertForMaskedLM{.bert = nn::bert(config)}, path);
  config = sizes;
  config.epsilon = 1e-5f;
  CHECK_THROWS_WITH(nn::load(nn::BertForMaskedLM{.bert = nn::bert(config)}, path),
                    Contains("embedding_norm.epsilon is 1e-12 in the file but 1e-05 in the model"));
  const auto with = [](auto attention, auto feed_forward) {
    const auto layer = [&](int) { return nn::EncoderLayer{.attention = attention, .feed_forward = feed_forward}; };
    return nn::BertForMaskedLM{.bert = nn::bert({.vocabulary = 40, .width = 16, .heads = 2, .depth = 1}, layer)};
  };
  const nn::MultiHeadAttention<nn::Rotary> rotary{.width = 16, .heads = 2};
  const nn::MultiHeadAttention<> without{.width = 16, .heads = 2};
  const nn::FeedForward gelu{.width = 16};
  nn::save(with(rotary, gelu), path);
  CHECK_THROWS_WITH(nn::load(with(without, gelu), path),
                    Contains("attention.positions.type is Rotary in the file but NoPositions in the model"));
  CHECK_THROWS_WITH(nn::load(with(rotary, nn::ReluFeedForward{.width = 16}), path),
                    Contains("feed_forward.type is FeedForward in the file but ReluFeedForward in the model"));

  // A file without settings, as other programs write it, is loaded too.
  const io::TensorFile file = io::load_tensors(path);
  io::save_tensors(file.tensors, path);
  CHECK(nn::load(with(without, gelu), path).differing.empty());
}
