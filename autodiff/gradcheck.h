// Numerical gradient checks: compare gradients with central differences. For tests of ops and layers.
#pragma once

#include <iosfwd>
#include <string>

#include "detail/function.h"

namespace heed {

/// Choice of the differences that gradcheck computes.
enum class GradcheckMode {
  automatic,    // full for results of few elements, else every input element against random sums of the results
  full,         // every input element against every result element: the whole Jacobian
  projections,  // random directions of each input against random sums of the results: few calls, for large functions
};

/// Options of gradcheck; mode: which differences are computed.
struct GradcheckOptions {
  GradcheckMode mode = GradcheckMode::automatic;
  double step = 1e-5;                  // the differences are (f(x + step) - f(x - step)) / (2 step)
  double tolerance = 1e-6;             // |gradient - difference| <= tolerance * (1 + |difference|)
  std::int64_t separate_outputs = 64;  // maximum number of result elements for full in automatic mode
  int projections = 3;                 // number of random sums, and of random directions
};

/// Result of a check: true if the gradients are correct. Otherwise the message names the input, the element and both
/// values.
struct GradcheckResult {
  /// True if the gradients are correct.
  bool ok = true;
  std::string message = {};
  /// Returns true if the gradients are correct.
  explicit operator bool() const { return ok; }
};
/// Writes the message.
std::ostream& operator<<(std::ostream& stream, const GradcheckResult& result);

namespace detail {
GradcheckResult gradcheck(const TensorFunction& function, std::size_t arguments, std::span<const Tensor> inputs,
                          const GradcheckOptions& options);
GradcheckResult gradgradcheck(const TensorFunction& function, std::size_t arguments, std::span<const Tensor> inputs,
                              const GradcheckOptions& options);
}  // namespace detail

/// Compares the gradients of `function` at the inputs with central differences. The function takes up to 8 tensors, or
/// one std::span<const Tensor>, and returns one or several tensors; its random ops draw the same numbers in every call.
/// Inputs and results must be float64, and every input must require a gradient; capture other tensors. The inputs'
/// values are changed in place and restored, so a function may also capture them.
///
/// Captured float64 leaves are found by observing the ops, and checked along a random direction. This detects an op
/// that reads a parameter without listing it among its inputs, and names it.
///
/// The check also fails if there is nothing to compare: no inputs, no elements, or no result that depends on an input.
///   REQUIRE(gradcheck([](const Tensor& x, const Tensor& w) { return matmul(x, w); }, {x, w}));
template <class Function>
GradcheckResult gradcheck(const Function& function, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options = {}) {
  return detail::gradcheck(detail::erased(std::cref(function)), detail::arguments_of<Function>(), inputs, options);
}

/// Checks second derivatives: applies gradcheck to the function of the inputs and a gradient of each result that
/// returns the gradients of the inputs.
template <class Function>
GradcheckResult gradgradcheck(const Function& function, const std::vector<Tensor>& inputs,
                              const GradcheckOptions& options = {}) {
  return detail::gradgradcheck(detail::erased(std::cref(function)), detail::arguments_of<Function>(), inputs, options);
}

}  // namespace heed
