// Checkpoints of a training run, which resume it with the same bits as if it had not been interrupted.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../graph/error.h"
#include "../nn/fields/fields.h"
#include "../optim/optimizer.h"

namespace heed::train {

/// Position in a training run, from which a loop continues.
struct TrainingPosition {
  std::int64_t step = 0;                     // number of optimizer steps taken
  std::int64_t epoch = 0, batch = 0;         // of the next batch
  std::map<std::string, std::string> notes;  // other values to restore, of the program's choice
};

namespace detail {
void save_checkpoint(const std::string& path, nn::AnyLayer model, std::string_view optimizer,
                     const std::vector<nn::Parameter>& parameters, const optim::OptimizerState& state,
                     const TrainingPosition& place);

struct LoadedCheckpoint {
  optim::OptimizerState state;
  TrainingPosition place;
  std::uint64_t seed, next_stream;
  std::vector<std::pair<Tensor, Tensor>> of_model;  // each tensor of the model with its saved value
};
/// Reads a checkpoint; `state` is the optimizer's current one, for the shapes.
LoadedCheckpoint load_checkpoint(const std::string& path, nn::AnyLayer model, std::string_view optimizer,
                                 const std::vector<nn::Parameter>& parameters, const optim::OptimizerState& state);
[[noreturn, gnu::cold]] void damaged(const std::string& path, const Error& error);
/// Restores the model's tensors and this thread's random state.
void write_model(const LoadedCheckpoint& loaded);
}  // namespace detail

/// Saves the model's parameters and buffers, the optimizer's state by the field paths of its parameters, this thread's
/// random state (seed and next stream) and the position. The file is replaced atomically: an interrupted program leaves
/// the old or the new one. Throws Error, and writes nothing, if a number of the position is negative.
template <optim::Optimizer Optimizer>
void save_checkpoint(const std::string& path, nn::AnyLayer model, const Optimizer& optimizer,
                     const TrainingPosition& place) {
  detail::save_checkpoint(path, model, Optimizer::name, optimizer.parameters(), optimizer.state(), place);
}

/// Restores a checkpoint and returns its position. Throws Error, and changes nothing, if the file is damaged or does
/// not match the model, its settings (nn/support/settings.h) or the optimizer.
template <optim::Optimizer Optimizer>
TrainingPosition load_checkpoint(const std::string& path, nn::AnyLayer model, Optimizer& optimizer) {
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
