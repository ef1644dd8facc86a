// nn::check: tests a user-defined layer.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "../../ops/attention/attention.h"
#include "../attention/pass.h"
#include "parameters.h"
#include "save.h"

namespace heed::nn {

/// Result of nn::check: one sentence for each property that does not hold; converts to true if all hold.
struct CheckReport {
  /// Properties that hold, and sentences about those that do not.
  std::vector<std::string> passed, failed;

  /// Returns true if all properties hold.
  explicit operator bool() const { return failed.empty(); }
  /// Returns a line for each property.
  std::string text() const;
};

/// Options of nn::check.
struct CheckOptions {
  double gradient_tolerance = 1e-6;  // gradients against finite differences, in float64, relative to the largest
  double ragged_tolerance = 1e-5;    // a batch against its sequences one by one, in float32
  double step_tolerance = 1e-5;      // decoding steps against the whole pass, in float32
  bool rows_are_independent = true;  // true if a layer that takes no Sequences computes each row independently
  bool takes_steps = true;           // true if a layer that takes a Pass supports decoding steps
};

namespace detail {

using Argument = std::variant<Tensor, Sequences, AttentionOptions, Pass>;

/// Layer of any type, with the functions that the checks need.
class CheckedLayer {
 public:
  virtual ~CheckedLayer() = default;
  virtual Tensor call(std::span<const Argument> arguments) const = 0;
  virtual std::unique_ptr<CheckedLayer> converted(DType dtype) const = 0;  // returns a clone
  virtual std::vector<std::pair<std::string, Parameter>> parameters() const = 0;
  virtual std::vector<std::pair<std::string, Buffer>> buffers() const = 0;
  virtual void set_training(bool training) = 0;
  virtual void save_to(const std::string& path) const = 0;
  virtual void load_from(const std::string& path) = 0;
};

template <class Layer, class... Arguments>
class CheckedLayerOf final : public CheckedLayer {
 public:
  explicit CheckedLayerOf(Layer layer) : layer_(std::move(layer)) {}

  Tensor call(std::span<const Argument> arguments) const override {
    return [&]<std::size_t... i>(std::index_sequence<i...>) -> Tensor {
      return layer_(std::get<Arguments>(arguments[i])...);
    }(std::index_sequence_for<Arguments...>{});
  }
  std::unique_ptr<CheckedLayer> converted(DType dtype) const override {
    return std::make_unique<CheckedLayerOf>(to(layer_, dtype));
  }
  std::vector<std::pair<std::string, Parameter>> parameters() const override { return named_parameters(layer_); }
  std::vector<std::pair<std::string, Buffer>> buffers() const override { return named_buffers(layer_); }
  void set_training(bool training) override { train(layer_, training); }
  void save_to(const std::string& path) const override { save(layer_, path); }
  void load_from(const std::string& path) override { load(layer_, path); }

 private:
  Layer layer_;
};

CheckReport check(const CheckedLayer& layer, std::vector<Argument> arguments, const CheckOptions& options);

}  // namespace detail

/// Tests that a layer has the properties of all layers, on these arguments (which should be small and random):
///   - its gradients in float64, of parameters and tensors, are right; every parameter gets a gradient
///   - output and gradients have the same bits with 1, 2, 3 and 8 threads
///   - saved and loaded, and cloned, it computes the same; a clone shares nothing with it
///   - in evaluation it draws no random numbers, and after switching back to training it computes the same as before
///   - sequences are independent (tensor i belongs to Sequences i, further ones to the last); without Sequences, rows
///   - with a Pass: decoding steps with a causal mask give the rows of the whole pass, and recomputation (checkpoint)
///     the same bits
/// The arguments are those of the layer's call: Tensors, Sequences, AttentionOptions, or a Pass over whole sequences,
/// whose memory is an argument with a gradient.
///   auto report = nn::check(layer, normal({8, 16}), Sequences{3, 5});   if (!report) fmt::print("{}", report.text());
template <fields::Layer Layer, class... Arguments>
CheckReport check(const Layer& layer, const Arguments&... arguments) {
  return check_with(CheckOptions{}, layer, arguments...);
}
/// check with options.
template <fields::Layer Layer, class... Arguments>
CheckReport check_with(const CheckOptions& options, const Layer& layer, const Arguments&... arguments) {
  return detail::check(detail::CheckedLayerOf<Layer, Arguments...>(clone(layer)), {detail::Argument(arguments)...},
                       options);
}

}  // namespace heed::nn
