// Derivatives of functions: Jacobian-vector and vector-Jacobian products, Hessian-vector products, Jacobians, Hessians.
// A function takes up to 8 tensors, or one std::span<const Tensor>, and returns one or several tensors. Captured
// tensors are constants.
#pragma once

#include "detail/function.h"

namespace heed {

/// Options of jvp and vjp.
struct DerivativeOptions {
  bool create_graph = false;  // record results and derivatives as functions of the inputs and captured tensors
};

/// Results of a function and derivatives: one for each result (jvp) or each input (vjp). A derivative is zero where
/// there is no dependence, and an empty Tensor for an integer tensor. They share memory neither with each other nor
/// with the inputs.
struct Derivatives {
  /// The values, and the derivatives, in order.
  std::vector<Tensor> results, derivatives;
};

namespace detail {
Derivatives jvp(const TensorFunction& f, std::span<const Tensor> inputs, std::span<const Tensor> tangents,
                const DerivativeOptions& options);
Derivatives vjp(const TensorFunction& f, std::span<const Tensor> inputs, std::span<const Tensor> gradients,
                const DerivativeOptions& options);
std::vector<Tensor> hvp(const TensorFunction& f, std::span<const Tensor> inputs, std::span<const Tensor> vectors,
                        const DerivativeOptions& options);
std::vector<std::vector<Tensor>> jacobian(const TensorFunction& f, std::span<const Tensor> inputs,
                                          const DerivativeOptions& options);
std::vector<std::vector<Tensor>> hessian(const TensorFunction& f, std::span<const Tensor> inputs,
                                         const DerivativeOptions& options);
}  // namespace detail

/// Jacobian-vector product (forward mode):  dy_k = sum over i of (dy_k / dx_i) t_i.
/// Tangents have the shapes of their inputs; that of an integer input is an empty Tensor. Computed as the derivative of
/// vjp, which is linear in its gradients, so every op supports it, at about the cost of two backward passes.
template <class Function>
Derivatives jvp(const Function& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& tangents,
                const DerivativeOptions& options = {}) {
  detail::check_arguments("jvp", detail::arguments_of<Function>(), inputs.size());
  return detail::jvp(detail::erased(std::cref(f)), inputs, tangents, options);
}

/// Vector-Jacobian product (reverse mode): the gradients of the inputs, given those of the results,  dx_i = sum over k
/// of g_k (dy_k / dx_i).  Like grad, for a function: the inputs need not require gradients, and their grad() does not
/// change.
template <class Function>
Derivatives vjp(const Function& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& gradients,
                const DerivativeOptions& options = {}) {
  detail::check_arguments("vjp", detail::arguments_of<Function>(), inputs.size());
  return detail::vjp(detail::erased(std::cref(f)), inputs, gradients, options);
}

/// Hessian-vector product of a function with one result of one element, without computing the Hessian:  h_i = sum over
/// j of (d2y / dx_i dx_j) v_j.  The vectors have the inputs' shapes. About the cost of two backward passes.
template <class Function>
std::vector<Tensor> hvp(const Function& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& vectors,
                        const DerivativeOptions& options = {}) {
  detail::check_arguments("hvp", detail::arguments_of<Function>(), inputs.size());
  return detail::hvp(detail::erased(std::cref(f)), inputs, vectors, options);
}

/// Jacobian: [k][i] is dy_k / dx_i, of shape [shape of y_k..., shape of x_i...]. Takes one backward pass for each
/// element of the results: for small functions.
template <class Function>
std::vector<std::vector<Tensor>> jacobian(const Function& f, const std::vector<Tensor>& inputs,
                                          const DerivativeOptions& options = {}) {
  detail::check_arguments("jacobian", detail::arguments_of<Function>(), inputs.size());
  return detail::jacobian(detail::erased(std::cref(f)), inputs, options);
}
/// Jacobian of the first result of a function of one input: [shape of y..., shape of x...].
template <class Function>
Tensor jacobian(const Function& f, const Tensor& x, const DerivativeOptions& options = {}) {
  return jacobian(f, std::vector{x}, options).at(0).at(0);
}

/// Hessian of a function with one result of one element: [i][j] is d2y / dx_i dx_j, of shape [shape of x_i..., shape of
/// x_j...]. Takes one backward pass for each element of the inputs: for small functions.
template <class Function>
std::vector<std::vector<Tensor>> hessian(const Function& f, const std::vector<Tensor>& inputs,
                                         const DerivativeOptions& options = {}) {
  detail::check_arguments("hessian", detail::arguments_of<Function>(), inputs.size());
  return detail::hessian(detail::erased(std::cref(f)), inputs, options);
}
/// Hessian of a function of one input: [shape of x..., shape of x...].
template <class Function>
Tensor hessian(const Function& f, const Tensor& x, const DerivativeOptions& options = {}) {
  return hessian(f, std::vector{x}, options).at(0).at(0);
}

}  // namespace heed
