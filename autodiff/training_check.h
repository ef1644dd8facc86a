// What goes wrong in a training loop without a word: parameters that are not trained, and a graph that grows.
#pragma once

#include <string>
#include <vector>

#include "live_graph.h"
#include "names.h"

namespace heed {

/// Looks at a training loop, for a few steps at its beginning:
///   TrainingCheck check{nn::named_parameters(model), adam.parameters()};
///   for (...) {
///     backward(model.loss(batch));
///     print(check.gradients());                     // before the optimizer uses them up
///     adam.step(rate);
///     print(check.graph());                         // at the end of the step, when its results are gone
///   }
class TrainingCheck {
 public:
  template <class AnyTensor>
  TrainingCheck(Names parameters, const std::vector<AnyTensor>& optimized)
      : parameters_(std::move(parameters)), optimized_(optimized.begin(), optimized.end()) {}

  /// A sentence for each parameter that got no gradient, or a gradient of zeros or with NaN, or that the optimizer does
  /// not have; and for each tensor that the optimizer has and the model does not.
  std::vector<std::string> gradients() const;

  /// A sentence if the graph grew in this step and in the one before, by op: then something keeps a result with its
  /// history, such as a sum of losses. Called once a step; empty results are the rule.
  std::vector<std::string> graph();

 private:
  Names parameters_;
  std::vector<Tensor> optimized_;
  LiveGraph live_;
  std::vector<OpUse> before_;
  std::int64_t nodes_before_ = 0;
  int growths_ = 0;
};

}  // namespace heed
