#include "anomaly.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "../graph/detail/extra.h"
#include "../graph/fail.h"
#include "support/stack.h"

namespace heed {
namespace {

using detail::Edge;
using detail::Node;

/// First element that is NaN, or infinite if `infinities`, and its index.
struct BadElement {
  double value;
  std::string place;
};
std::optional<BadElement> find_bad_element(const Tensor& x, bool infinities) {
  if (!x || !is_floating(x.dtype())) return {};
  const std::vector<double> values = [&] {
    if (x.dtype() == float64) return x.to_vector<double>();
    const std::vector<float> single = x.to_vector<float>();
    return std::vector<double>(single.begin(), single.end());
  }();
  const auto bad = std::find_if(values.begin(), values.end(),
                                [&](double value) { return std::isnan(value) || (infinities && std::isinf(value)); });
  if (bad == values.end()) return {};
  std::int64_t i = bad - values.begin();
  Shape place = x.shape();
  for (int axis = x.rank() - 1; axis >= 0; --axis) {
    place[axis] = i % x.shape()[axis];
    i /= x.shape()[axis];
  }
  return BadElement{std::isnan(*bad) ? NAN : *bad, to_string(place)};  // a NaN's sign is dropped
}

bool is_finite(const Tensor& x) { return !find_bad_element(x, true); }

std::string range_of(const Tensor& x) {
  if (!is_floating(x.dtype()) || x.elements() == 0) return {};
  double low = INFINITY, high = -INFINITY;
  const auto note = [&](double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  };
  if (x.dtype() == float64)
    for (double value : x.to_vector<double>()) note(value);
  else
    for (float value : x.to_vector<float>()) note(value);
  return fmt::format(", values {:.6g} to {:.6g}", low, high);
}

std::string called_at(std::span<void* const> calls) {
  const std::string place = detail::caller_outside_library(calls);
  return place.empty() ? std::string() : "; called at " + place;
}

/// Returns the name of the parameter that an edge leads to, directly or through up to 4 ops of one input (views); null
/// if there is none.
const std::string* name_of(const Edge& edge, const Names& names) {
  if (edge.leaf) return names.find(edge.leaf);
  const Node* node = edge.node;
  for (int views = 0; node && views < 4; ++views) {
    if (node->inputs.size() != 1) return nullptr;
    if (node->inputs[0].leaf) return names.find(node->inputs[0].leaf);
    node = node->inputs[0].node;
  }
  return nullptr;
}

}  // namespace

void AnomalyMode::computed(const char* op, const Inputs& inputs, std::span<const Tensor> outputs) {
  if (gradients_running_ > 0) return;  // the gradient is checked as a whole
  for (const Tensor& output : outputs) {
    const auto found = find_bad_element(output, options_.infinities);
    if (!found) continue;
    std::string given;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i]) continue;
      if (!is_finite(inputs[i])) return;
      const std::string* name = names_.find(inputs[i]);
      given += fmt::format("{}{} {}{}", i == 0 ? " from " : " and ", name ? *name : fmt::format("input {}", i),
                           to_string(inputs[i].shape()), range_of(inputs[i]));
    }
    fail("anomaly: {} produced {} at {} of its result {}{}{}", op, found->value, found->place,
         to_string(output.shape()), given, called_at(detail::call_stack()));
  }
}

void AnomalyMode::recorded(Node& node, const Inputs& /*inputs*/, std::span<const Tensor> /*outputs*/) {
  if (gradients_running_ > 0 && !is_recomputing()) return;
  if (!node.extra) node.extra = new detail::OptionalData;
  node.extra->addresses = detail::call_stack();
}

void AnomalyMode::gradient_begins(const Node& node, std::span<const Tensor> output_gradients) {
  ++gradients_running_;
  for (const Tensor& gradient : output_gradients) {
    const auto found = gradients_running_ == 1 ? find_bad_element(gradient, options_.infinities) : std::nullopt;
    if (found)
      fail(
          "anomaly: the gradient of the result {} of {} has {} at {}, which no op produced: it was passed to backward, "
          "a hook returned it, or a sum of gradients overflowed",
          to_string(gradient.shape()), node.name, found->value, found->place);
  }
}

void AnomalyMode::gradient_ends(const Node& node, Gradients* gradients) {
  --gradients_running_;
  if (!gradients) return;
  const bool has_place = node.extra && !node.extra->addresses.empty();
  if (gradients_running_ > 0 && !has_place) return;  // a part of the gradient that is checked
  for (std::size_t i = 0; i < gradients->size() && i < node.inputs.size(); ++i) {
    const auto found = find_bad_element((*gradients)[i], options_.infinities);
    if (!found) continue;
    std::string parameters;
    for (const Edge& edge : node.inputs)
      if (const std::string* name = name_of(edge, names_))
        parameters += fmt::format("{}{}", parameters.empty() ? ", whose inputs are " : ", ", *name);
    fail("anomaly: the gradient of {} produced {} at {} for its input {} {}{}{}", node.name, found->value, found->place,
         i, to_string((*gradients)[i].shape()), parameters,
         has_place ? called_at(node.extra->addresses) : std::string());
  }
}

}  // namespace heed
