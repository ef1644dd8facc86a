// Recomputation: less memory for more time.
#pragma once

#include "function.h"

namespace heed {

namespace detail {
std::vector<Tensor> checkpoint(TensorFunction function, std::span<const Tensor> inputs);
}

/// function(inputs...), of which only the inputs and the state of the random numbers are kept. The gradient runs the
/// function once more and walks what that records. Values, gradients and later random numbers have the bits of a plain
/// call, dropout included: gradients are summed in its order. (Gradients of gradients, and those through side results
/// such as taps, are summed in another one.) The function takes up to 8 tensors, or a std::span<const Tensor>, and
/// returns a Tensor, a std::vector or a std::array of them.
///
/// Tensors that the function captured (parameters) get their gradients too, whether or not an input requires one.
/// Checkpoints may lie in each other, and with create_graph gradients have gradients. The function is kept until the
/// gradient has run: capture by value, or what lives that long. What it does beside computing its results it does
/// twice, unless it asks is_recomputing(). Changing in place what it reads, between the two runs, is an error.
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
