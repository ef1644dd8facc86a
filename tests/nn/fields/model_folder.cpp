#include <heed/graph/create.h>
#include <heed/graph/error.h>
#include <heed/nn/fields/model_folder.h>
#include <heed/nn/layers/linear.h>

#include <filesystem>
#include <fstream>

#include "catch.h"
#include "nn/temporary_folder.h"

using namespace heed;
using Catch::Matchers::Contains;

TEST_CASE("a model is saved in a folder and loaded from it", "[save]") {
  const TemporaryFolder temporary;
  const std::string folder = temporary.file("runs/model");
  const nn::Linear model{.in = 3, .out = 2};
  nn::save_model(model, folder);
  std::ofstream(folder + "/vocab.txt") << "kept";
  nn::save_model(model, folder);
  CHECK(std::filesystem::exists(folder + "/vocab.txt"));
  const auto loaded = nn::load_model<nn::Linear>(folder);
  CHECK(loaded.in == 3);
  CHECK(loaded.weight.to_vector<float>() == model.weight.to_vector<float>());
}

TEST_CASE("errors of a model's folder name the file", "[save]") {
  const TemporaryFolder temporary;
  const std::string folder = temporary.file("model");
  CHECK_THROWS_WITH(nn::load_model<nn::Linear>(folder), Contains("model/config.json cannot be read"));
  const nn::Linear model{.in = 3, .out = 2};
  CHECK_THROWS_WITH(nn::save_model(model, ""), "save_model: the folder's name is empty");
  nn::save_model(model, folder);
  nn::save(nn::Linear{.in = 3, .out = 4}, folder + "/model.safetensors");
  CHECK_THROWS_WITH(nn::load_model<nn::Linear>(folder), Contains("model/model.safetensors"));
  std::filesystem::remove(folder + "/model.safetensors");
  CHECK_THROWS_WITH(nn::load_model<nn::Linear>(folder), Contains("model/model.safetensors cannot be read"));
  std::ofstream(temporary.file("file")) << "no folder";
  CHECK_THROWS_WITH(nn::save_model(model, temporary.file("file")), Contains("file/model.safetensors"));
}
