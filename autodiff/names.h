// Names of tensors.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "../graph/tensor.h"

namespace heed {

/// Names of tensors, for messages and drawings. Converts from the result of nn::named_parameters(model).
class Names {
 public:
  Names() = default;
  /// Names of these tensors, such as nn::named_parameters.
  template <class AnyTensor>
  Names(const std::vector<std::pair<std::string, AnyTensor>>& named) : named_(named.begin(), named.end()) {}

  /// Name of a tensor, or of a named one that it shares storage with; null if there is none.
  const std::string* find(const Tensor& tensor) const {
    for (const auto& [name, one] : named_)
      if (detail::body_of(one).storage == detail::body_of(tensor).storage) return &name;
    return nullptr;
  }
  /// Iterators over the pairs (name, tensor).
  auto begin() const { return named_.begin(); }
  /// End of the pairs.
  auto end() const { return named_.end(); }

 private:
  std::vector<std::pair<std::string, Tensor>> named_;
};

}  // namespace heed
