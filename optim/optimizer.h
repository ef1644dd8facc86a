// Interface of optimizers, by which checkpoints and training loops take any of them.
#pragma once

#include <concepts>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "../nn/parameter.h"

namespace heed::optim {

/// State of an optimizer beside its parameters.
struct OptimizerState {
  std::int64_t steps = 0;
  std::vector<std::int64_t> updates;  // by parameter: steps in which it had a gradient; if empty, all steps
  std::map<std::string, std::vector<Tensor>> tensors;  // by name ("m", "v"), then by parameter
};

/// An optimizer moves parameters by the gradients that backward left. A struct or class with
///   static constexpr std::string_view name             its name in files: "adamw"
///   void step(double rate)                             one update, which uses the gradients up
///   const std::vector<nn::Parameter>& parameters()     each once
///   OptimizerState state()                             shares the tensors: further steps change them
///   void resume(const OptimizerState&)                 goes on from a state, whose values are copied; throws Error,
///   and
///                                                      changes nothing, unless it fits
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
