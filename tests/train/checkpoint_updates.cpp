#include <heed/heed.h>

#include "../golden_folder.h"
#include "../nn/temporary_folder.h"
#include "catch.h"

using namespace heed;

namespace {

/// A step in which the weight, and with_bias also the bias, has a gradient.
void step(const nn::Linear& model, optim::AdamW& adam, bool with_bias) {
  const Tensor x = tensor({1.0f, -2.0f, 0.5f, 0.25f, 3.0f, -1.0f}, {2, 3});
  backward(sum(square(with_bias ? model(x) : matmul(x, transpose(model.weight)))));
  adam.step(0.01);
}

std::vector<float> values_of(const nn::Linear& model) {
  std::vector<float> values;
  for (const nn::Parameter& parameter : nn::parameters(model))
    for (const float value : parameter.to_vector<float>()) values.push_back(value);
  return values;
}

}  // namespace

TEST_CASE("a checkpoint without numbers of updates resumes with all steps", "[train]") {
  nn::Linear model{.in = 3, .out = 2};
  optim::AdamW adam(nn::parameters(model));
  const train::TrainingPosition place =
      train::load_checkpoint(golden_folder() + "/../train/checkpoints/without_updates.safetensors", model, adam);
  CHECK(place.step == 5);
  CHECK(place.notes.at("note") == "kept");
  CHECK(adam.state().updates == std::vector<std::int64_t>{5, 5});
  for (int i = 0; i < 3; ++i) step(model, adam, true);
  const std::vector<float> after{0x1.2505c6p-2f, -0x1.8176f8p-3f, 0x1.d7cdcep-3f,  -0x1.59f0eap-2f,
                                 0x1.9fc5f2p-2f, 0x1.06e18ep-3f,  -0x1.0c17dep-2f, 0x1.d6b15ap-2f};
  const std::vector<float> found = values_of(model);
  for (std::size_t i = 0; i < after.size(); ++i) CHECK(found[i] == Approx(after[i]).epsilon(1e-6));
}

TEST_CASE("a checkpoint restores each parameter's number of updates", "[train]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.safetensors");
  seed(5);
  nn::Linear straight{.in = 3, .out = 2};
  optim::AdamW adam(nn::parameters(straight));
  for (int i = 0; i < 6; ++i) step(straight, adam, i == 2);
  train::save_checkpoint(path, straight, adam, {.step = 6, .notes = {}});
  nn::Linear resumed{.in = 3, .out = 2};
  optim::AdamW other(nn::parameters(resumed));
  train::load_checkpoint(path, resumed, other);
  CHECK(other.state().updates == std::vector<std::int64_t>{6, 1});
  for (int i = 0; i < 3; ++i) {
    step(straight, adam, true);
    step(resumed, other, true);
  }
  CHECK(values_of(straight) == values_of(resumed));
}

TEST_CASE("a checkpoint with impossible numbers of updates changes nothing", "[train]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.safetensors");
  nn::Linear model{.in = 3, .out = 2};
  optim::AdamW adam(nn::parameters(model));
  step(model, adam, true);
  train::save_checkpoint(path, model, adam, {.step = 1, .notes = {}});
  const io::TensorFile file = io::load_tensors(path);
  const auto count = [](std::int64_t n) { return tensor(std::vector{n}, {}); };
  const auto counts = [](const std::vector<std::int64_t>& n) { return tensor(n); };
  const std::vector<std::pair<std::string, Tensor>> bad = {
      {"adamw.updates.weight", count(-1)},
      {"adamw.updates.bias", count(2)},
      {"adamw.updates.weight", counts({1})},
      {"adamw.updates.weight", Tensor{}},
      {"adamw.updates.bias", ones({})},
      // of all parameters in one tensor, as in files of earlier versions
      {"adamw.updates", counts({1, -1})},
      {"adamw.updates", counts({1, 2})},
      {"adamw.updates", counts({1})},
      {"adamw.updates", ones({2})}};
  for (const auto& [bad_name, bad_value] : bad) {
    auto tensors = file.tensors;
    std::erase_if(tensors, [&, &of = bad_name](const auto& one) { return one.first.starts_with(of); });
    if (bad_value) tensors.emplace_back(bad_name, bad_value);
    io::save_tensors(tensors, path, file.metadata);
    nn::Linear fresh{.in = 3, .out = 2};
    optim::AdamW other(nn::parameters(fresh));
    const std::vector<float> before = values_of(fresh);
    CHECK_THROWS_AS(train::load_checkpoint(path, fresh, other), Error);
    CHECK(values_of(fresh) == before);
    CHECK(other.steps() == 0);
  }
}
