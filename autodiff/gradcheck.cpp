#include "gradcheck.h"

#include <algorithm>
#include <cmath>
#include <ostream>

#include "../graph/create.h"
#include "../graph/fail.h"
#include "../graph/random.h"
#include "../graph/support/expect_number.h"
#include "backward.h"
#include "support/captured.h"

namespace heed {
using namespace heed::detail;

std::ostream& operator<<(std::ostream& stream, const GradcheckResult& result) {
  return stream << (result.ok ? "the gradients are right" : result.message);
}

namespace detail {
namespace {

using Values = std::vector<double>;

template <class... Arguments>
GradcheckResult wrong(fmt::format_string<Arguments...> sentence, Arguments&&... arguments) {
  return {false, "gradcheck: " + fmt::format(sentence, std::forward<Arguments>(arguments)...)};
}

/// Index along each axis of element i in row-major order.
Shape index_of(std::int64_t i, const Shape& shape) {
  Shape place = shape;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    place[axis] = i % shape[axis];
    i /= shape[axis];
  }
  return place;
}

double& element_of(const Tensor& x, std::int64_t i) {
  const Shape place = index_of(i, x.shape());
  double* at = overwrite<double>(x, "gradcheck");
  for (int axis = 0; axis < x.rank(); ++axis) at += place[axis] * x.strides()[axis];
  return *at;
}

/// Random weights of magnitude 0.5 to 1.5, so that none hides an element; different in every call.
class Weights {
 public:
  Tensor operator()(const Shape& shape) {
    Tensor made = empty(shape, float64);
    for (std::int64_t i = 0; i < made.elements(); ++i) {
      const auto words = Philox::block({next_++, 0, 0, 0}, {});
      fill<double>(made)[i] = (words[0] & 1 ? 1 : -1) * (0.5 + words[1] * 0x1p-32);
    }
    return made;
  }

 private:
  std::uint32_t next_ = 0;
};

/// Weighted sum of all results' elements, and its gradients with respect to all inputs.
struct Projection {
  std::string of;                          // for the message
  std::vector<Values> weights, gradients;  // of each result; of each input and captured tensor
};

/// Moves x along a direction, not counted as in-place writes because the destructor restores the values.
class Move {
 public:
  Move(const Tensor& x, Values direction)
      : x_(x), direction_(std::move(direction)), before_(x.to_vector<double>()), scale_(std::sqrt(squares())) {}
  ~Move() { to(0); }
  Move(const Move&) = delete;
  Move& operator=(const Move&) = delete;

  void to(double distance) const {
    for (std::size_t i = 0; i < before_.size(); ++i) {
      const Shape place = index_of(static_cast<std::int64_t>(i), x_.shape());
      double* at = fill<double>(x_);
      for (int axis = 0; axis < x_.rank(); ++axis) at += place[axis] * x_.strides()[axis];
      *at = before_[i] + distance * direction_[i] / scale_;
    }
  }
  /// Component of a gradient along the direction.
  double along(const Values& gradient) const {
    double sum = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) sum += gradient[i] * direction_[i] / scale_;
    return sum;
  }

 private:
  double squares() const {
    double sum = 0;
    for (double one : direction_) sum += one * one;
    return sum;
  }

  const Tensor& x_;
  const Values direction_, before_;
  const double scale_;
};

class Check {
 public:
  Check(const TensorFunction& function, std::span<const Tensor> inputs, const GradcheckOptions& options)
      : function_(function), inputs_(inputs.begin(), inputs.end()), options_(options) {
    expect_positive("gradcheck", "step", options.step);
    expect_not_negative("gradcheck", "tolerance", options.tolerance);
  }

  GradcheckResult check_inputs(std::size_t arguments) const {
    if (inputs_.empty()) return wrong("no inputs were given, so there is nothing to compare");
    if (arguments != 0 && arguments != inputs_.size())
      return wrong("{} inputs were given, but the function takes {}", inputs_.size(), arguments);
    std::int64_t elements = 0;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      const Tensor& x = inputs_[i];
      if (x.dtype() != float64) return wrong("input {} is {}, but it must be float64", i, name(x.dtype()));
      if (!x.requires_grad()) return wrong("input {} does not require a gradient", i);
      for (int axis = 0; axis < x.rank(); ++axis)
        if (x.strides()[axis] == 0 && x.shape()[axis] > 1 && x.elements() > 0)
          return wrong("input {} repeats its elements along axis {}, so they cannot be changed one by one", i, axis);
      elements += x.elements();
    }
    if (elements == 0) return wrong("the inputs have no elements, so there is nothing to compare");
    return {};
  }

  std::vector<Tensor> results(bool recorded) const {
    Ambient during = start_;  // the same random numbers in every call
    during.grad = recorded;
    AmbientScope scope(during);
    return function_(inputs_);
  }

  GradcheckResult run() {
    try {
      if (GradcheckResult result = find_gradients(); !result) return result;
    } catch (const Error& error) {
      return wrong("the gradient cannot be computed: {}", error.what());
    }
    Weights weights;
    for (std::size_t input = 0; input < inputs_.size(); ++input) {
      const std::int64_t elements = inputs_[input].elements();
      const bool directions = options_.mode == GradcheckMode::projections;
      for (std::int64_t i = 0; i < (directions ? options_.projections : elements) && elements > 0; ++i) {
        GradcheckResult result = directions ? compare_direction(input, weights, fmt::format("input {}", input), "")
                                            : compare_element(input, i);
        if (!result) return result;
      }
    }
    return check_captured(weights);
  }

 private:
  GradcheckResult find_gradients() {
    const std::vector<Tensor> outputs = [&] {
      detail::Captured captured;
      std::vector<Tensor> found = results(true);
      add_captured(captured);
      return found;
    }();
    std::int64_t elements = 0;
    bool depends = false;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (!is_floating(outputs[i].dtype())) continue;
      if (outputs[i].dtype() != float64)
        return wrong("result {} is {}, but it must be float64", i, name(outputs[i].dtype()));
      elements += outputs[i].elements();
      depends = depends || outputs[i].requires_grad();
    }
    if (!depends) return wrong("no result depends on an input through recorded ops, so there is nothing to compare");
    if (elements == 0) return wrong("the results have no elements, so there is nothing to compare");
    if (options_.mode == GradcheckMode::projections ||
        (options_.mode == GradcheckMode::automatic && elements > options_.separate_outputs)) {
      Weights weights;
      for (int i = 0; i < options_.projections; ++i)
        project(outputs, "a random sum of the results",
                [&](std::size_t output) { return weights(outputs[output].shape()); });
      return {};
    }
    for (std::size_t one = 0; one < outputs.size(); ++one)
      for (std::int64_t i = 0; is_floating(outputs[one].dtype()) && i < outputs[one].elements(); ++i)
        project(outputs, fmt::format("result {} at {}", one, to_string(index_of(i, outputs[one].shape()))),
                [&](std::size_t output) {
                  Tensor unit = zeros(outputs[output].shape(), float64);
                  if (output == one) fill<double>(unit)[i] = 1;
                  return unit;
                });
    return {};
  }

  template <class WeightsOf>
  void project(const std::vector<Tensor>& outputs, std::string of, const WeightsOf& weights_of) {
    Projection projection{std::move(of), {}, {}};
    std::vector<Tensor> roots, root_gradients;
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      projection.weights.emplace_back();
      if (!is_floating(outputs[i].dtype())) continue;
      const Tensor weights = weights_of(i);
      projection.weights.back() = weights.to_vector<double>();
      if (!outputs[i].requires_grad()) continue;
      roots.push_back(outputs[i]);
      root_gradients.push_back(weights);
    }
    for (const Tensor& gradient :
         heed::grad(roots, variables_, {.output_gradients = root_gradients, .retain_graph = true}))
      projection.gradients.push_back(gradient ? gradient.to_vector<double>() : Values{});
    projections_.push_back(std::move(projection));
  }

  std::vector<Values> values() const {
    std::vector<Values> all;
    for (const Tensor& output : results(false))
      all.push_back(is_floating(output.dtype()) ? output.to_vector<double>() : Values{});
    return all;
  }

  GradcheckResult compare_element(std::size_t input, std::int64_t i) const {
    const double x = element_of(inputs_[input], i), above_x = x + options_.step, below_x = x - options_.step;
    element_of(inputs_[input], i) = above_x;
    const std::vector<Values> above = values();
    element_of(inputs_[input], i) = below_x;
    const std::vector<Values> below = values();
    element_of(inputs_[input], i) = x;
    for (const Projection& projection : projections_) {
      const Values& gradients = projection.gradients[input];
      GradcheckResult result = compare(
          projection, above, below, above_x - below_x, gradients.empty() ? 0 : gradients[static_cast<std::size_t>(i)],
          gradients.empty(), fmt::format("input {} at {}", input, to_string(index_of(i, inputs_[input].shape()))), "");
      if (!result) return result;
    }
    return {};
  }

  GradcheckResult compare_direction(std::size_t variable, Weights& weights, const std::string& of,
                                    const std::string& reason) const {
    const Tensor& x = variables_[variable];
    const Move move(x, weights(x.shape()).to_vector<double>());
    move.to(options_.step);
    const std::vector<Values> above = values();
    move.to(-options_.step);
    const std::vector<Values> below = values();
    for (const Projection& projection : projections_) {
      const Values& gradients = projection.gradients[variable];
      GradcheckResult result = compare(projection, above, below, 2 * options_.step, move.along(gradients),
                                       gradients.empty(), of + " along a random direction", reason);
      if (!result) return result;
    }
    return {};
  }

  GradcheckResult compare(const Projection& projection, const std::vector<Values>& above,
                          const std::vector<Values>& below, double distance, double gradient, bool unrecorded,
                          const std::string& where, const std::string& reason) const {
    double difference = 0;
    for (std::size_t output = 0; output < above.size(); ++output) {
      const Values& weights = projection.weights[output];
      for (std::size_t j = 0; j < weights.size(); ++j)
        if (weights[j] != 0) difference += weights[j] * (above[output][j] - below[output][j]) / distance;
    }
    if (std::abs(gradient - difference) <= options_.tolerance * (1 + std::abs(difference))) return {};
    return wrong("{}: the gradient of {} is {:.9g}{}, but the difference is {:.9g}{}", where, projection.of, gradient,
                 unrecorded ? " as no dependence was recorded" : "", difference, reason);
  }

  /// Adds captured leaves that can be checked to the variables.
  void add_captured(const detail::Captured& captured) {
    variables_ = inputs_;
    for (const Tensor& leaf : captured.leaves()) {
      const bool is_input =
          std::any_of(inputs_.begin(), inputs_.end(), [&](const Tensor& input) { return input.is(leaf); });
      if (is_input || leaf.dtype() != float64 || !leaf.is_contiguous() || leaf.elements() == 0) continue;
      const char* op = captured.unlisted_by(leaf);
      variables_.push_back(leaf);
      reasons_.push_back(op ? fmt::format("; {} reads that tensor without listing it among its inputs", op) : "");
    }
  }

  GradcheckResult check_captured(Weights& weights) const {
    for (std::size_t i = inputs_.size(); i < variables_.size(); ++i)
      if (GradcheckResult result =
              compare_direction(i, weights, fmt::format("a captured tensor {}", to_string(variables_[i].shape())),
                                reasons_[i - inputs_.size()]);
          !result)
        return result;
    return {};
  }

  const TensorFunction& function_;
  const std::vector<Tensor> inputs_;
  const GradcheckOptions options_;
  const Ambient start_ = ambient_with_streams();
  std::vector<Tensor> variables_;     // the inputs, then captured leaves
  std::vector<std::string> reasons_;  // of wrong gradients of captured leaves, for the message
  std::vector<Projection> projections_;
};

}  // namespace

GradcheckResult gradcheck(const TensorFunction& function, std::size_t arguments, std::span<const Tensor> inputs,
                          const GradcheckOptions& options) {
  Check check(function, inputs, options);
  if (GradcheckResult result = check.check_inputs(arguments); !result) return result;
  return check.run();
}

GradcheckResult gradgradcheck(const TensorFunction& function, std::size_t arguments, std::span<const Tensor> inputs,
                              const GradcheckOptions& options) {
  const Check first(function, inputs, options);
  if (GradcheckResult result = first.check_inputs(arguments); !result) return result;
  Weights weights;
  std::vector<Tensor> variables(inputs.begin(), inputs.end());
  for (const Tensor& result : first.results(true))
    if (result.requires_grad()) variables.push_back(weights(result.shape()).require_grad());
  const TensorFunction gradients = [&](std::span<const Tensor> all) {
    Grad scope;
    const std::span<const Tensor> x = all.first(inputs.size()), output_gradients = all.subspan(inputs.size());
    std::vector<Tensor> roots, found;
    for (Tensor& result : function(x))
      if (result.requires_grad()) roots.push_back(std::move(result));
    for (Tensor& gradient : heed::grad(
             roots, x, {.output_gradients = {output_gradients.begin(), output_gradients.end()}, .create_graph = true}))
      if (gradient) found.push_back(std::move(gradient));
    return found;
  };
  return Check(gradients, variables, options).run();
}

}  // namespace detail
}  // namespace heed
