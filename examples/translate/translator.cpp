#include "translator.h"

#include <heed/graph/fail.h>
#include <heed/io/files.h>

#include <filesystem>
#include <nlohmann/json.hpp>

using namespace heed;

namespace {

template <class One>
One recurrent_model(const ModelSizes& sizes) {
  return {.source_vocabulary = sizes.vocabulary,
          .target_vocabulary = sizes.vocabulary,
          .width = sizes.width,
          .depth = sizes.depth,
          .dropout = sizes.dropout};
}

/// Builds a transformer of pre-norm layers.
Transformer transformer_model(const ModelSizes& sizes) {
  const Size width = sizes.width, heads = sizes.heads;
  const float dropout = sizes.dropout;
  return nn::transformer(
      {.vocabulary = sizes.vocabulary, .width = width, .heads = heads, .depth = sizes.depth, .dropout = dropout},
      [&](int) {
        return EncoderLayer{.dropout = dropout,
                            .attention = {.width = width, .heads = heads, .dropout = dropout},
                            .feed_forward = {.width = width}};
      },
      [&](int) {
        return DecoderLayer{.dropout = dropout,
                            .attention = {.width = width, .heads = heads, .dropout = dropout},
                            .cross_attention = {.width = width, .heads = heads, .dropout = dropout},
                            .feed_forward = {.width = width}};
      });
}

Model model_from_json(std::string_view kind, const std::string& hyperparameters) {
  if (kind == model_kinds[0]) return nn::from_json<Recurrent>(hyperparameters);
  if (kind == model_kinds[1]) return nn::from_json<Attentive>(hyperparameters);
  if (kind == model_kinds[2]) return nn::from_json<Transformer>(hyperparameters);
  fail("there is no model '{}': there are {}", kind, fmt::join(model_kinds, ", "));
}

}  // namespace

Model new_model(std::string_view kind, const ModelSizes& sizes) {
  if (kind == model_kinds[0]) return recurrent_model<Recurrent>(sizes);
  if (kind == model_kinds[1]) return recurrent_model<Attentive>(sizes);
  return transformer_model(sizes);
}

std::string_view kind_of(const Model& model) { return model_kinds[model.index()]; }

nn::AnyLayer layer_of(const Model& model) {
  return std::visit([](const auto& one) { return nn::AnyLayer(one); }, model);
}

void set_training(Model& model, bool training) {
  std::visit([training](auto& one) { nn::train(one, training); }, model);
}

void save_config(const std::string& folder, const Translator& translator) {
  std::filesystem::create_directories(folder);
  const nlohmann::ordered_json config{
      {"model", kind_of(translator.model)},
      {"longest", translator.longest},
      {"hyperparameters", nlohmann::ordered_json::parse(nn::to_json(layer_of(translator.model)))}};
  io::write_file("save_config", folder + "/config.json", config.dump(2) + "\n");
  translator.pieces.save(folder);
}

void save_translator(const std::string& folder, const Translator& translator) {
  save_config(folder, translator);
  nn::save(layer_of(translator.model), folder + "/model.safetensors");
}

Translator load_translator(const std::string& folder) try {
  const std::string path = folder + "/config.json";
  const auto config = nlohmann::json::parse(io::read_text("load_translator", path));
  Translator translator{model_from_json(config.at("model").get<std::string>(), config.at("hyperparameters").dump()),
                        text::BytePairEncoding::load(folder), config.at("longest").get<std::int64_t>()};
  const std::int64_t vocabulary = std::visit(
      [](const auto& model) {
        if constexpr (requires { model.source_vocabulary; })
          return model.source_vocabulary.value;
        else
          return model.embedding.vocabulary.value;
      },
      translator.model);
  if (translator.pieces.size() != vocabulary)
    fail("{}: pieces.txt has {} pieces, but config.json says {}", folder, translator.pieces.size(), vocabulary);
  nn::load(layer_of(translator.model), folder + "/model.safetensors");
  set_training(translator.model, false);
  return translator;
} catch (const nlohmann::json::exception& error) {
  fail("{}/config.json is none that train left: {}", folder, error.what());
}
