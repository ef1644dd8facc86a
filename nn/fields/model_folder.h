// Folder of a model: config.json and model.safetensors, the files of a checkpoint of Hugging Face.
#pragma once

#include <string>

#include "json.h"
#include "save.h"

namespace heed::nn {

/// Saves the configuration of a model in config.json (save_config) and its weights in model.safetensors (save). Creates
/// the folder if needed; other files in it, such as a vocabulary, are not changed. Throws Error if a file cannot be
/// written.
void save_model(AnyLayer model, const std::string& folder);

/// Builds the model of a folder that save_model wrote, in training mode, and loads its weights. Throws Error, which
/// names the file, if one is missing, or if they do not fit together.
template <fields::Layer Model>
Model load_model(const std::string& folder) {
  Model model = load_config<Model>(folder + "/config.json");
  load(model, folder + "/model.safetensors");
  return model;
}

}  // namespace heed::nn
