#pragma once

#include <string>
#include <utility>
#include <vector>

#include "../graph/tensor.h"

namespace heed {

/// Tensors with names, for messages and drawings: what nn::named_parameters(model) returns becomes one by itself.
class Names {
 public:
  Names() = default;
  template <class AnyTensor>
  Names(const std::vector<std::pair<std::string, AnyTensor>>& named) : named_(named.begin(), named.end()) {}

  /// The name of a tensor, or of one that it is a view of; null if it has none.
  const std::string* find(const Tensor& tensor) const {
    for (const auto& [name, one] : named_)
      if (detail::body_of(one).storage == detail::body_of(tensor).storage) return &name;
    return nullptr;
  }
  auto begin() const { return named_.begin(); }
  auto end() const { return named_.end(); }

 private:
  std::vector<std::pair<std::string, Tensor>> named_;
};

}  // namespace heed
