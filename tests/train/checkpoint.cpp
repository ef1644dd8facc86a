// Also tests train/average.h.
#include <heed/autodiff/backward.h>
#include <heed/graph/ambient.h>
#include <heed/graph/create.h>
#include <heed/graph/error.h>
#include <heed/io/safetensors.h>
#include <heed/nn/fields/parameters.h>
#include <heed/nn/fields/save.h>
#include <heed/nn/layers/dropout.h>
#include <heed/nn/layers/linear.h>
#include <heed/ops/math/activations.h>
#include <heed/ops/math/arithmetic.h>
#include <heed/ops/random/random.h>
#include <heed/ops/reduce/reduce.h>
#include <heed/optim/adamw.h>
#include <heed/optim/schedule.h>
#include <heed/train/average.h>
#include <heed/train/checkpoint.h>

#include <fstream>

#include "../nn/temporary_folder.h"
#include "catch.h"

using namespace heed;

namespace {

struct Model {
  Size width;
  nn::Linear up{.in = width, .out = 3 * width};
  nn::Dropout dropout{.probability = 0.3f};
  nn::Linear down{.in = 3 * width, .out = width};
  nn::Parameter idle = ones({2});  // never gets a gradient

  Tensor operator()(const Tensor& x) const { return down(dropout(gelu(up(x)))); }
};

/// One step on a random batch.
double step(const Model& model, optim::AdamW& adam, std::int64_t number) {
  const Tensor x = normal({5, 4});
  const Tensor error = model(x) - x;
  const Tensor loss = mean(error * error);
  backward(loss);
  adam.step(optim::noam(4, 3, 0.1)(number));
  return loss.item();
}

std::vector<std::vector<float>> values_of(const Model& model) {
  std::vector<std::vector<float>> values;
  for (const nn::Parameter& parameter : nn::parameters(model)) values.push_back(parameter.to_vector<float>());
  return values;
}

}  // namespace

TEST_CASE("a resumed run has the same bits as an uninterrupted one", "[train]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.safetensors");
  seed(3);
  Model straight{.width = 4};
  optim::AdamW adam{nn::parameters(straight)};
  std::vector<double> losses;
  for (std::int64_t i = 0; i < 9; ++i) {
    if (i == 4)
      train::save_checkpoint(path, straight, adam,
                             {.step = i, .epoch = 1, .batch = 7, .notes = {{"best", "0.25"}, {"", "x"}}});
    losses.push_back(step(straight, adam, i));
  }
  seed(77);
  Model resumed{.width = 4};
  optim::AdamW other{nn::parameters(resumed)};
  step(resumed, other, 0);
  const train::TrainingPosition place = train::load_checkpoint(path, resumed, other);
  CHECK(place.step == 4);
  CHECK(place.epoch == 1);
  CHECK(place.batch == 7);
  CHECK(place.notes == std::map<std::string, std::string>{{"best", "0.25"}, {"", "x"}});
  CHECK(other.steps() == 4);
  for (std::int64_t i = place.step; i < 9; ++i) CHECK(step(resumed, other, i) == losses[static_cast<std::size_t>(i)]);
  CHECK(values_of(resumed) == values_of(straight));
  CHECK(folder.files() == 1);
}

TEST_CASE("a checkpoint that does not match changes nothing", "[train]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.safetensors");
  seed(3);
  Model model{.width = 4};
  optim::AdamW adam{nn::parameters(model)};
  train::save_checkpoint(path, model, adam, {});
  seed(5);
  Model wider{.width = 5};
  optim::AdamW of_wider{nn::parameters(wider)};
  const auto before = values_of(wider);
  CHECK_THROWS_WITH(
      train::load_checkpoint(path, wider, of_wider),
      "load_checkpoint: " + path + " does not fit: model.up.weight is float32 [12, 4] but must be float32 [15, 5]");
  optim::AdamW fewer{{model.idle}};
  CHECK_THROWS_AS(train::load_checkpoint(path, model, fewer), Error);
  CHECK(values_of(wider) == before);
  CHECK(ambient().seed == 5);
  nn::save(model, path);
  CHECK_THROWS_WITH(train::load_checkpoint(path, model, adam),
                    "load_checkpoint: " + path + " is not a checkpoint of a training run");
  std::ofstream(path) << "torn";
  CHECK_THROWS_AS(train::load_checkpoint(path, model, adam), Error);
  CHECK_THROWS_AS(train::load_checkpoint(folder.file("nowhere"), model, adam), Error);
  CHECK_THROWS_AS(adam.resume({}), Error);
}

TEST_CASE("a checkpoint with invalid numbers changes nothing", "[train]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.safetensors");
  seed(3);
  Model model{.width = 4};
  optim::AdamW adam{nn::parameters(model)};
  step(model, adam, 0);
  train::save_checkpoint(path, model, adam, {.step = 1, .notes = {}});
  const io::TensorFile whole = io::load_tensors(path);
  step(model, adam, 1);
  const auto before = values_of(model);
  const auto first_mean = adam.state().tensors.at("m")[0].to_vector<float>();
  for (const char* key : {"adamw.steps", "step", "epoch", "batch", "seed", "next_stream"})
    for (const char* value : {"-1", "", "1.5", "x", "99999999999999999999", " 1", "1 "}) {
      auto metadata = whole.metadata;
      metadata.at(key) = value;
      io::save_tensors(whole.tensors, path, metadata);
      const Ambient ambient_before = ambient();
      CHECK_THROWS_WITH(train::load_checkpoint(path, model, adam), "load_checkpoint: " + path + " is damaged: its " +
                                                                       key + " is not a number from 0 on: " + value);
      CHECK(values_of(model) == before);
      CHECK(adam.state().tensors.at("m")[0].to_vector<float>() == first_mean);
      CHECK(adam.steps() == 2);
      CHECK(ambient().seed == ambient_before.seed);
      CHECK(ambient().next_stream == ambient_before.next_stream);
    }
  for (const auto& [mean, value] : {std::pair{"m", std::numeric_limits<float>::quiet_NaN()},
                                    {"m", std::numeric_limits<float>::infinity()},
                                    {"v", std::numeric_limits<float>::quiet_NaN()},
                                    {"v", -1.0f}}) {
    auto tensors = whole.tensors;
    for (auto& [name, tensor] : tensors)
      if (name == "adamw." + std::string(mean) + ".up.bias") tensor = full(tensor.shape(), value);
    io::save_tensors(tensors, path, whole.metadata);
    CHECK_THROWS_WITH(train::load_checkpoint(path, model, adam),
                      Catch::Matchers::Contains("is damaged: AdamW: " + std::string(mean) + " of parameter 1"));
    CHECK(values_of(model) == before);
    CHECK(adam.state().tensors.at("m")[0].to_vector<float>() == first_mean);
    CHECK(adam.steps() == 2);
  }
  for (const train::TrainingPosition& place :
       {train::TrainingPosition{.step = -1, .notes = {}}, train::TrainingPosition{.epoch = -1, .notes = {}},
        train::TrainingPosition{.batch = -1, .notes = {}}})
    CHECK_THROWS_AS(train::save_checkpoint(folder.file("none"), model, adam, place), Error);
  CHECK(folder.files() == 1);
}

TEST_CASE("the mean of saved models", "[train]") {
  const TemporaryFolder folder;
  std::vector<std::string> paths;
  std::vector<std::vector<std::vector<float>>> values;
  for (int i = 0; i < 3; ++i) {
    const Model model{.width = 4};
    values.push_back(values_of(model));
    paths.push_back(folder.file(std::to_string(i)));
    nn::save(model, paths.back());
  }
  train::average_files(paths, folder.file("mean"));
  const Model mean{.width = 4};
  nn::load(mean, folder.file("mean"));
  const auto found = values_of(mean);
  for (std::size_t p = 0; p < found.size(); ++p)
    for (std::size_t i = 0; i < found[p].size(); ++i)
      CHECK(found[p][i] ==
            static_cast<float>((double{values[0][p][i]} + double{values[1][p][i]} + double{values[2][p][i]}) / 3));

  io::save_tensors({{"count", tensor(std::vector<std::int64_t>{3})}}, folder.file("a"));
  io::save_tensors({{"count", tensor(std::vector<std::int64_t>{5})}}, folder.file("b"));
  train::average_files(std::vector{folder.file("a"), folder.file("b")}, folder.file("c"));
  CHECK(io::load_tensors(folder.file("c")).tensors[0].second.item<std::int64_t>() == 5);

  CHECK_THROWS_WITH(train::average_files({}, folder.file("x")), "average_files: there are no files to average");
  CHECK_THROWS_AS(train::average_files(std::vector{paths[0], folder.file("a")}, folder.file("x")), Error);
  io::save_tensors({{"count", ones({1})}}, folder.file("b"));
  CHECK_THROWS_WITH(train::average_files(std::vector{folder.file("a"), folder.file("b")}, folder.file("x")),
                    "average_files: count is int64 [1] in " + folder.file("a") + " and float32 [1] in " +
                        folder.file("b") + ", but they must be files of the same model");
  io::save_tensors({{"number", ones({1})}}, folder.file("b"));
  CHECK_THROWS_WITH(
      train::average_files(std::vector{folder.file("a"), folder.file("b")}, folder.file("x")),
      "average_files: " + folder.file("b") + " has a tensor number, but " + folder.file("a") + " has none");
}
