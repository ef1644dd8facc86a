// Does a function's gradient agree with the differences of its values? For tests of one's own ops and layers.
#pragma once

#include <iosfwd>
#include <string>

#include "function.h"

namespace heed {

enum class GradcheckMode {
  automatic,    // `full` for results of few elements, else every input element against random sums of the results
  full,         // every input element against every result element: the whole Jacobian
  projections,  // random directions of each input against random sums of the results: a few calls, for large functions
};

struct GradcheckOptions {
  GradcheckMode mode = GradcheckMode::automatic;
  double step = 1e-5;                  // the differences are (f(x + step) - f(x - step)) / (2 step)
  double tolerance = 1e-6;             // |gradient - difference| <= tolerance * (1 + |difference|)
  std::int64_t separate_outputs = 64;  // how many result elements are few
  int projections = 3;                 // random sums, and random directions
};

/// True if the gradient is right. Else the message says which input, which element, and both values.
struct GradcheckResult {
  bool ok = true;
  std::string message = {};
  explicit operator bool() const { return ok; }
};
std::ostream& operator<<(std::ostream& stream, const GradcheckResult& result);

namespace detail {
GradcheckResult gradcheck(const TensorFunction& function, std::size_t arguments, std::span<const Tensor> inputs,
                          const GradcheckOptions& options);
GradcheckResult gradgradcheck(const TensorFunction& function, std::size_t arguments, std::span<const Tensor> inputs,
                              const GradcheckOptions& options);
}  // namespace detail

/// Compares the gradients of `function` at the inputs with central differences. The function takes up to 8 tensors, or
/// one std::span<const Tensor>, and returns a tensor or several; what is random in it draws the same numbers in every
/// call. Inputs and results are float64, and every input requires a gradient: other tensors are captured. The inputs'
/// values are changed in place and put back, so a function that captured them is checked just as well.
///
/// Leaves of float64 that require a gradient and that the function uses without getting them as inputs are found by
/// watching its ops, and checked along a random direction: so an op that reads a parameter which it does not list among
/// its inputs is caught, and named.
///
/// It also fails if there is nothing to compare: no inputs, no elements, no result that depends on an input.
///   REQUIRE(gradcheck([](const Tensor& x, const Tensor& w) { return matmul(x, w); }, {x, w}));
template <class Function>
GradcheckResult gradcheck(const Function& function, const std::vector<Tensor>& inputs,
                          const GradcheckOptions& options = {}) {
  return detail::gradcheck(detail::erased(std::cref(function)), detail::arguments_of<Function>(), inputs, options);
}

/// The same for the gradients of the gradients: those of the function that takes the inputs and a gradient of each
/// result, and returns the gradients of the inputs.
template <class Function>
GradcheckResult gradgradcheck(const Function& function, const std::vector<Tensor>& inputs,
                              const GradcheckOptions& options = {}) {
  return detail::gradgradcheck(detail::erased(std::cref(function)), detail::arguments_of<Function>(), inputs, options);
}

}  // namespace heed
