// The kinds of state that a layer has as fields: trained, kept, and the mode it runs in.
#pragma once

#include "../graph/tensor.h"

namespace heed::nn {

/// A tensor that is trained and saved. Made from a tensor, it shares it and asks for its gradient; copies share it too,
/// so that assigning one layer's parameter to another's ties them.
struct Parameter : Tensor {
  Parameter(Tensor tensor) : Tensor(std::move(tensor)) { require_grad(); }
};

/// A tensor that is saved but not trained: a table of positions, running statistics.
struct Buffer : Tensor {
  Buffer(Tensor tensor) : Tensor(tensor.requires_grad() ? tensor.detach() : std::move(tensor)) {}
};

/// Whether a layer trains or evaluates; nn::train and nn::eval set it. Not saved. As a field it is written
/// `Mode mode{};`: compilers warn where a field without an initializer is left out.
struct Mode {
  bool training = true;

  constexpr operator bool() const { return training; }
  friend constexpr bool operator==(Mode, Mode) = default;
};

}  // namespace heed::nn
