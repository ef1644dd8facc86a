// Optional data of nodes and leaves: hooks, recorded stack, reason of a failed creation.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "../tensor.h"

namespace heed::detail {

/// Hook on the gradient of a tensor: returns a replacement, or an empty Tensor to keep the gradient.
using GradientFunction = std::function<Tensor(const Tensor& gradient)>;

/// Optional data of a node or leaf, allocated only if needed.
struct OptionalData {
  struct Hook {
    std::int32_t output;                         // index of the node's output; 0 for a leaf
    std::shared_ptr<GradientFunction> function;  // emptied when the hook is removed
  };
  std::vector<Hook> hooks;       // in the order in which they were added
  std::vector<void*> addresses;  // return addresses of the stack that called the op, recorded in anomaly mode
  std::string invalid_reason;    // error message of a tensor that could not be created
};

}  // namespace heed::detail
