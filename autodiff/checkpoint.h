// Activation checkpointing: trades compute for memory.
#pragma once

#include "detail/function.h"

namespace heed {

namespace detail {
std::vector<Tensor> checkpoint(TensorFunction function, std::span<const Tensor> inputs);
}

/// Computes function(inputs...) without saving intermediate values: only the inputs and the random state are kept, and
/// the gradient recomputes the function. Values, gradients and later random numbers have the same bits as those of a
/// plain call, including dropout: gradients are summed in the same order. (Second derivatives, and gradients through
/// side results such as taps, are summed in a different order.) The function takes up to 8 tensors, or a
/// std::span<const Tensor>, and returns a Tensor, a std::vector or a std::array of them.
///
/// Captured tensors (parameters) get their gradients too, whether or not an input requires one. Checkpoints may be
/// nested, and create_graph is supported. The function is kept until its gradient has run: capture by value, or
/// references that stay valid until then. Side effects happen twice unless the function checks is_recomputing().
/// Tensors that it reads must not change in place between the two runs: this throws Error.
///   Tensor y = checkpoint([&model](const Tensor& h) { return model.layers[3](h); }, {x});
/// Chen, Xu, Zhang and Guestrin 2016, arXiv:1604.06174.
template <class Function>
auto checkpoint(const Function& function, const std::vector<Tensor>& inputs) {
  using Results = std::remove_cvref_t<decltype(detail::call(function, std::span<const Tensor>(inputs)))>;
  detail::check_arguments("checkpoint", detail::arguments_of<Function>(), inputs.size());
  std::vector<Tensor> results = detail::checkpoint(detail::erased(function), inputs);
  if constexpr (std::is_same_v<Results, Tensor>) {
    return std::move(results[0]);
  } else if constexpr (std::is_same_v<Results, std::vector<Tensor>>) {
    return results;
  } else {
    Results all;
    for (std::size_t i = 0; i < results.size(); ++i) all[i] = std::move(results[i]);
    return all;
  }
}

}  // namespace heed
