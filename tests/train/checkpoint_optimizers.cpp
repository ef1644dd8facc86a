// Also tests optim/optimizer.h.
#include <heed/heed.h>

#include <algorithm>

#include "../nn/temporary_folder.h"
#include "catch.h"

using namespace heed;

namespace {

/// Stochastic gradient descent with momentum, as written by a user.
class Momentum {
 public:
  static constexpr std::string_view name = "momentum";

  explicit Momentum(std::vector<nn::Parameter> parameters) : parameters_(std::move(parameters)) {
    for (const nn::Parameter& p : parameters_) velocity_.push_back(zeros(p.shape()));
  }
  void step(double rate) {
    NoGrad scope;
    ++steps_;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      velocity_[i] = 0.9 * velocity_[i] + parameters_[i].grad();
      assign(parameters_[i], parameters_[i] - rate * velocity_[i]);
      parameters_[i].clear_grad();
    }
  }
  const std::vector<nn::Parameter>& parameters() const { return parameters_; }
  optim::OptimizerState state() const { return {steps_, {}, {{"velocity", velocity_}}}; }
  void resume(const optim::OptimizerState& state) {
    steps_ = state.steps;
    velocity_ = state.tensors.at("velocity");
  }

 private:
  std::vector<nn::Parameter> parameters_;
  std::vector<Tensor> velocity_;
  std::int64_t steps_ = 0;
};

void step(const nn::Linear& model, optim::Optimizer auto& optimizer) {
  const Tensor x = tensor({1.0f, -2.0f, 3.0f, 0.5f, 4.0f, -1.0f}, {2, 3});
  backward(sum(model(x) * model(x)));
  optimizer.step(1e-3);
}

std::vector<float> values_of(const nn::Linear& model) {
  return concat({flatten(model.weight, 0), *model.bias}).to_vector<float>();
}

std::vector<nn::Parameter> reversed(std::vector<nn::Parameter> parameters) {
  std::reverse(parameters.begin(), parameters.end());
  return parameters;
}

}  // namespace

TEST_CASE("a checkpoint accepts any optimizer", "[train]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.safetensors");
  nn::Linear straight{.in = 3, .out = 2}, resumed{.in = 3, .out = 2};
  Momentum optimizer(nn::parameters(straight)), other(nn::parameters(resumed));
  for (int i = 0; i < 3; ++i) step(straight, optimizer);
  train::save_checkpoint(path, straight, optimizer, {.step = 3, .notes = {}});
  CHECK(train::load_checkpoint(path, resumed, other).step == 3);
  for (int i = 0; i < 3; ++i) {
    step(straight, optimizer);
    step(resumed, other);
  }
  CHECK(values_of(straight) == values_of(resumed));
  CHECK(other.state().steps == 6);

  optim::AdamW of_another_kind(nn::parameters(resumed));
  CHECK_THROWS_WITH(train::load_checkpoint(path, resumed, of_another_kind),
                    "load_checkpoint: " + path + " is damaged: its adamw.steps is missing");
}

TEST_CASE("an optimizer's state is saved by the field paths of its parameters", "[train]") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.safetensors");
  nn::Linear straight{.in = 3, .out = 2}, resumed{.in = 3, .out = 2};
  optim::AdamW optimizer(nn::parameters(straight)), other(reversed(nn::parameters(resumed)));
  for (int i = 0; i < 3; ++i) step(straight, optimizer);
  train::save_checkpoint(path, straight, optimizer, {.step = 3, .notes = {}});
  train::load_checkpoint(path, resumed, other);
  for (int i = 0; i < 3; ++i) {
    step(straight, optimizer);
    step(resumed, other);
  }
  CHECK(values_of(straight) == values_of(resumed));
}
