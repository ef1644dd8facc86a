// All of a training run in one file, so that it goes on to the bit as if it had never stopped.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../graph/error.h"
#include "../nn/fields.h"
#include "../optim/optimizer.h"

namespace heed::train {

/// How far training has come: what a loop needs to find its next batch.
struct TrainingPlace {
  std::int64_t step = 0;                     // of the optimizer, from the start
  std::int64_t epoch = 0, batch = 0;         // the batch that comes next
  std::map<std::string, std::string> notes;  // anything else that a program wants back
};

namespace detail {
void save_checkpoint(const std::string& path, nn::AnyLayer model, std::string_view optimizer,
                     const std::vector<nn::Parameter>& parameters, const optim::OptimizerState& state,
                     const TrainingPlace& place);

struct LoadedCheckpoint {
  optim::OptimizerState state;
  TrainingPlace place;
  std::uint64_t seed, next_stream;
  std::vector<std::pair<Tensor, Tensor>> of_model;  // each tensor of the model, and its value
};
/// Reads a checkpoint; `state` is the optimizer's own, for the shapes.
LoadedCheckpoint load_checkpoint(const std::string& path, nn::AnyLayer model, std::string_view optimizer,
                                 const std::vector<nn::Parameter>& parameters, const optim::OptimizerState& state);
[[noreturn, gnu::cold]] void damaged(const std::string& path, const Error& error);
/// Writes the model's tensors and this thread's random numbers.
void write_model(const LoadedCheckpoint& loaded);
}  // namespace detail

/// Writes the model's parameters and buffers, the optimizer's state by the field paths of its parameters, this thread's
/// random numbers (seed and next stream) and the place. The file is replaced at once: whenever a program ends, there is
/// the old one or the new one. Throws Error, and writes nothing, if a number of the place is negative.
template <optim::Optimizer Optimizer>
void save_checkpoint(const std::string& path, nn::AnyLayer model, const Optimizer& optimizer,
                     const TrainingPlace& place) {
  detail::save_checkpoint(path, model, Optimizer::name, optimizer.parameters(), optimizer.state(), place);
}

/// Puts it all back, and returns the place. Throws Error, and changes nothing, if the file is damaged or is no
/// checkpoint of such a model, with its settings (nn/settings.h), and optimizer.
template <optim::Optimizer Optimizer>
TrainingPlace load_checkpoint(const std::string& path, nn::AnyLayer model, Optimizer& optimizer) {
  const detail::LoadedCheckpoint loaded =
      detail::load_checkpoint(path, model, Optimizer::name, optimizer.parameters(), optimizer.state());
  try {
    optimizer.resume(loaded.state);  // changes nothing if it throws
  } catch (const Error& error) {
    detail::damaged(path, error);
  }
  detail::write_model(loaded);
  return loaded.place;
}

}  // namespace heed::train
