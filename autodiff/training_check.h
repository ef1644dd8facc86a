// Checks for silent mistakes in a training loop: parameters that are not trained, and a graph that grows.
#pragma once

#include <string>
#include <vector>

#include "live_graph.h"
#include "names.h"

namespace heed {

/// Checks a training loop during its first few steps:
///   TrainingCheck check{nn::named_parameters(model), adam.parameters()};
///   for (...) {
///     backward(model.loss(batch));
///     print(check.gradients());                     // before the optimizer consumes them
///     adam.step(rate);
///     print(check.graph());                         // at the end of the step, when its results are destroyed
///   }
class TrainingCheck {
 public:
  /// Parameters of the model with their names, and those that the optimizer updates.
  template <class AnyTensor>
  TrainingCheck(Names parameters, const std::vector<AnyTensor>& optimized)
      : parameters_(std::move(parameters)), optimized_(optimized.begin(), optimized.end()) {}

  /// Returns a sentence for each parameter without a gradient, with a gradient of zeros or with NaN, or missing in the
  /// optimizer; and for each tensor of the optimizer that is not a parameter of the model. Empty if all is well.
  std::vector<std::string> gradients() const;

  /// Returns a sentence, with the growth by op, if the graph grew in this step and in the previous one: something keeps
  /// a result with its graph, such as a sum of losses. Empty if all is well. Call it once per step.
  std::vector<std::string> graph();

 private:
  Names parameters_;
  std::vector<Tensor> optimized_;
  LiveGraph live_;
  std::vector<OpUsage> before_;
  std::int64_t nodes_before_ = 0;
  int growths_ = 0;
};

}  // namespace heed
