// Interface of optimizers for checkpoints and training loops.
#pragma once

#include <concepts>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "../nn/fields/parameter.h"

namespace heed::optim {

/// State of an optimizer without its parameters.
struct OptimizerState {
  /// Number of steps taken.
  std::int64_t steps = 0;
  std::vector<std::int64_t> updates;  // by parameter: number of steps with a gradient; if empty, all steps
  std::map<std::string, std::vector<Tensor>> tensors;  // by name ("m", "v"), then by parameter
};

/// Concept of optimizers, which update parameters with their gradients. A struct or class with
///   static constexpr std::string_view name             its name in files: "adamw"
///   void step(double rate)                             one update; clears the gradients
///   const std::vector<nn::Parameter>& parameters()     each once
///   OptimizerState state()                             shares the tensors: further steps change them
///   void resume(const OptimizerState&)                 restores a state by copying its values; throws Error,
///                                                      and changes nothing, unless it matches
/// can be saved in checkpoints (train/checkpoint.h), which name the state by the parameters' field paths.
template <class T>
concept Optimizer = requires(T& optimizer, const T& constant, double rate, const OptimizerState& state) {
  { T::name } -> std::convertible_to<std::string_view>;
  optimizer.step(rate);
  optimizer.resume(state);
  { constant.parameters() } -> std::convertible_to<const std::vector<nn::Parameter>&>;
  { constant.state() } -> std::same_as<OptimizerState>;
};

}  // namespace heed::optim
