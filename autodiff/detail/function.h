// Type-erased functions of tensors: of up to 8 tensors or a span of any number, with one or several results.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "../../graph/differentiable.h"

namespace heed::detail {

using TensorFunction = std::function<std::vector<Tensor>(std::span<const Tensor>)>;

/// Number of tensors that a function takes; 0 for a span of any number.
template <class Function, std::size_t count = 1>
constexpr std::size_t arguments_of() {
  if constexpr (takes_tensors<Function>(std::make_index_sequence<count>{})) {
    return count;
  } else if constexpr (count < 8) {
    return arguments_of<Function, count + 1>();
  } else {
    return 0;
  }
}

/// Wraps a function, which is copied; pass std::cref to avoid the copy.
template <class Function>
TensorFunction erased(Function function) {
  return [function = std::move(function)](std::span<const Tensor> inputs) {
    auto results = call(function, inputs);
    if constexpr (std::is_same_v<decltype(results), Tensor>) {
      return std::vector<Tensor>{std::move(results)};
    } else {
      return std::vector<Tensor>(std::begin(results), std::end(results));
    }
  };
}

/// Throws Error if the number of inputs is not that of a function's arguments (0: any number).
void check_arguments(const char* who, std::size_t arguments, std::size_t inputs);

}  // namespace heed::detail
