#include "model_folder.h"

#include <filesystem>

#include "../../graph/fail.h"

namespace heed::nn {

void save_model(AnyLayer model, const std::string& folder) {
  if (folder.empty()) fail("save_model: the folder's name is empty");
  std::error_code ignored;  // writing the files reports errors
  std::filesystem::create_directories(folder, ignored);
  save(model, folder + "/model.safetensors");
  save_config(model, folder + "/config.json");
}

}  // namespace heed::nn
