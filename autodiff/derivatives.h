// Derivatives of functions: products with vectors from either side, Jacobians, Hessians. A function takes up to 8
// tensors, or one std::span<const Tensor>, and returns a tensor or several. Tensors that it captures are constants.
#pragma once

#include "function.h"

namespace heed {

struct DerivativeOptions {
  bool create_graph = false;  // record the results and the derivatives, as functions of inputs and captured tensors
};

/// What a function returned, and derivatives: of the results (jvp) or for the inputs (vjp). A derivative is zero where
/// there is no dependence, and an empty Tensor for an integer tensor. No two of them share memory, nor one with the
/// inputs.
struct Derivatives {
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

/// How the results move when the inputs move along the tangents:  dy_k = sum over i of (dy_k / dx_i) t_i.
/// Tangents have the shapes of their inputs; that of an integer input is an empty Tensor. Computed as the derivative of
/// vjp, which is linear in its gradients: about the cost of two backward passes, and every op has it.
template <class Function>
Derivatives jvp(const Function& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& tangents,
                const DerivativeOptions& options = {}) {
  detail::check_arguments("jvp", detail::arguments_of<Function>(), inputs.size());
  return detail::jvp(detail::erased(std::cref(f)), inputs, tangents, options);
}

/// The gradients of the inputs, given those of the results:  dx_i = sum over k of g_k (dy_k / dx_i). What grad does,
/// for a function; the inputs need not require gradients, and none that they have changes.
template <class Function>
Derivatives vjp(const Function& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& gradients,
                const DerivativeOptions& options = {}) {
  detail::check_arguments("vjp", detail::arguments_of<Function>(), inputs.size());
  return detail::vjp(detail::erased(std::cref(f)), inputs, gradients, options);
}

/// The Hessian of a function with one result of one element, times vectors with the inputs' shapes, without the
/// Hessian:  h_i = sum over j of (d2y / dx_i dx_j) v_j.  About the cost of two backward passes.
template <class Function>
std::vector<Tensor> hvp(const Function& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& vectors,
                        const DerivativeOptions& options = {}) {
  detail::check_arguments("hvp", detail::arguments_of<Function>(), inputs.size());
  return detail::hvp(detail::erased(std::cref(f)), inputs, vectors, options);
}

/// All first derivatives: [k][i] is dy_k / dx_i, of shape [shape of y_k..., shape of x_i...]. One backward pass for
/// each element of the results: for small functions.
template <class Function>
std::vector<std::vector<Tensor>> jacobian(const Function& f, const std::vector<Tensor>& inputs,
                                          const DerivativeOptions& options = {}) {
  detail::check_arguments("jacobian", detail::arguments_of<Function>(), inputs.size());
  return detail::jacobian(detail::erased(std::cref(f)), inputs, options);
}
/// Of a function with one input, and with respect to its first result.
template <class Function>
Tensor jacobian(const Function& f, const Tensor& x, const DerivativeOptions& options = {}) {
  return jacobian(f, std::vector{x}, options).at(0).at(0);
}

/// All second derivatives of a function with one result of one element: [i][j] is d2y / dx_i dx_j, of shape
/// [shape of x_i..., shape of x_j...]. One backward pass for each element of the inputs: for small functions.
template <class Function>
std::vector<std::vector<Tensor>> hessian(const Function& f, const std::vector<Tensor>& inputs,
                                         const DerivativeOptions& options = {}) {
  detail::check_arguments("hessian", detail::arguments_of<Function>(), inputs.size());
  return detail::hessian(detail::erased(std::cref(f)), inputs, options);
}
template <class Function>
Tensor hessian(const Function& f, const Tensor& x, const DerivativeOptions& options = {}) {
  return hessian(f, std::vector{x}, options).at(0).at(0);
}

}  // namespace heed
