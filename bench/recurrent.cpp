// Training steps of recurrent layers: two layers on inputs of their width, the mean square of the output as loss,
// AdamW, clipping. In "ragged" the sequences have 8 to 64 tokens; PyTorch gets packed sequences.
#include <heed/heed.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "numbers.h"
#include "task.h"

namespace {

using namespace heed;

template <class Model>
void load(const Model& model, const std::string& file) {
  const std::map<std::string, std::string> names{{"input_weight", "weight_ih"},
                                                 {"hidden_weight", "weight_hh"},
                                                 {"input_bias", "bias_ih"},
                                                 {"hidden_bias", "bias_hh"}};
  const auto stored = io::load_tensors(file).tensors;
  const std::map<std::string, Tensor> by_name(stored.begin(), stored.end());
  for (std::size_t layer = 0; layer < model.forward.size(); ++layer)
    for (const auto& [field, parameter] : nn::named_parameters(model.forward[layer]))
      assign(parameter.detach(), by_name.at(names.at(field) + "_l" + std::to_string(layer)));
}

template <class Unit>
bench::Work training(std::int64_t width, const std::vector<std::int64_t>& lengths, const std::string& weights) {
  seed(1);
  const auto model =
      std::make_shared<nn::Recurrent<Unit>>(nn::Recurrent<Unit>{.in = width, .width = width, .depth = 2});
  if (!weights.empty()) load(*model, weights);
  const auto adam = std::make_shared<optim::AdamW>(nn::parameters(*model));
  const Sequences sequences{std::span(lengths)};
  const auto loss = [model, sequences, x = bench::numbers({sequences.tokens(), width}, 0)] {
    const Tensor y = (*model)(x, sequences);
    return mean(y * y);
  };
  return {[=] { return no_grad(loss).item(); },
          [=] {
            backward(loss());
            optim::clip_norm(adam->parameters(), 1.0);
            adam->step(1e-4);
          }};
}

const bool added = bench::add_rows(bench::recurrent_tasks());

}  // namespace

std::vector<bench::Task> bench::recurrent_tasks() {
  std::vector<Task> tasks;
  const auto add = [&](std::int64_t width, const std::string& name, const std::vector<std::int64_t>& lengths) {
    const std::int64_t tokens = Sequences{std::span(lengths)}.tokens();
    const std::string row = fmt::format("/{}/{}", width, name);
    tasks.push_back({"gru" + row, tokens,
                     [=](const std::string& weights) { return training<nn::GruUnit>(width, lengths, weights); }});
    tasks.push_back({"lstm" + row, tokens,
                     [=](const std::string& weights) { return training<nn::LstmUnit>(width, lengths, weights); }});
  };
  std::vector<std::int64_t> ragged;
  for (std::int64_t i = 0; i < 32; ++i) ragged.push_back(64 - i * 7 % 57);
  add(128, "64x32", std::vector<std::int64_t>(64, 32));
  add(256, "32x64", std::vector<std::int64_t>(32, 64));
  add(256, "ragged", ragged);
  add(512, "32x32", std::vector<std::int64_t>(32, 32));
  return tasks;
}
