// Functions of tensors in whatever form a user has them: of up to 8 tensors, or of a span of any number; with one
// result or several.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "../graph/differentiable.h"

namespace heed::detail {

using TensorFunction = std::function<std::vector<Tensor>(std::span<const Tensor>)>;

/// How many tensors a function takes; 0: a span of any number.
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

/// Keeps the function; for a short time std::cref of it is enough.
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

/// Throws Error where a function that takes `arguments` tensors (0: any number) is given another number.
void check_arguments(const char* who, std::size_t arguments, std::size_t inputs);

}  // namespace heed::detail
