#include "training_check.h"

#include <algorithm>
#include <cmath>

#include "../graph/fail.h"

namespace heed {
namespace {

/// Describes the problem of a gradient; null if there is none.
const char* problem_of(const Tensor& gradient) {
  if (!gradient) return "got no gradient: the loss does not depend on it, or an op does not list it among its inputs";
  bool zero = true;
  const auto look = [&](double value) {
    zero = zero && value == 0;
    return std::isfinite(value);
  };
  bool finite = true;
  if (gradient.dtype() == float64)
    for (double value : gradient.to_vector<double>()) finite = look(value) && finite;
  else
    for (float value : gradient.to_vector<float>()) finite = look(value) && finite;
  if (!finite) return "got a gradient with NaN or infinities: AnomalyMode finds the op that produced them";
  return zero ? "got a gradient that is all zeros" : nullptr;
}

}  // namespace

std::vector<std::string> TrainingCheck::gradients() const {
  std::vector<std::string> problems;
  const auto is_optimized = [&](const Tensor& tensor) {
    return std::any_of(optimized_.begin(), optimized_.end(), [&](const Tensor& one) { return one.is(tensor); });
  };
  for (const auto& [name, tensor] : parameters_) {
    if (!tensor.requires_grad()) {
      if (is_optimized(tensor))
        problems.push_back(fmt::format("parameter {} {} is in the optimizer, but requires no gradient", name,
                                       to_string(tensor.shape())));
      continue;
    }
    if (const char* problem = problem_of(tensor.grad()))
      problems.push_back(fmt::format("parameter {} {} {}", name, to_string(tensor.shape()), problem));
    if (!is_optimized(tensor))
      problems.push_back(fmt::format("parameter {} {} is not in the optimizer", name, to_string(tensor.shape())));
  }
  for (std::size_t i = 0; i < optimized_.size(); ++i) {
    const bool known = std::any_of(parameters_.begin(), parameters_.end(),
                                   [&](const auto& named) { return named.second.is(optimized_[i]); });
    if (!known)
      problems.push_back(
          fmt::format("tensor {} of the optimizer, {}, is not a parameter of the model: perhaps a clone's", i,
                      to_string(optimized_[i].shape())));
  }
  return problems;
}

std::vector<std::string> TrainingCheck::graph() {
  std::vector<OpUsage> now = live_.usage();
  std::int64_t nodes = 0;
  for (const OpUsage& use : now) nodes += use.nodes;
  growths_ = nodes > nodes_before_ ? growths_ + 1 : 0;
  std::string by_op;
  for (const OpUsage& use : now) {
    const auto before =
        std::find_if(before_.begin(), before_.end(), [&](const OpUsage& other) { return other.op == use.op; });
    const std::int64_t more = use.nodes - (before == before_.end() ? 0 : before->nodes);
    if (more > 0) by_op += fmt::format("{}{} +{}", by_op.empty() ? "" : ", ", use.op, more);
  }
  std::vector<std::string> problems;
  if (growths_ >= 2)
    problems.push_back(fmt::format(
        "the graph grew from {} to {} live nodes in this step ({}), as in the one before: something keeps a "
        "result with its graph, such as a sum of losses; keep its item() or detach() instead",
        nodes_before_, nodes, by_op));
  nodes_before_ = nodes;
  before_ = std::move(now);
  return problems;
}

}  // namespace heed
