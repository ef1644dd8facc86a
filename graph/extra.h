// What few nodes and leaves have beside what all of them have.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tensor.h"

namespace heed::detail {

/// Called with the gradient of a tensor; may return another one, or an empty Tensor to leave it.
using GradientFunction = std::function<Tensor(const Tensor& gradient)>;

struct Extra {
  struct Hook {
    std::int32_t output;                         // of a node; 0 for a leaf
    std::shared_ptr<GradientFunction> function;  // emptied when the hook is removed
  };
  std::vector<Hook> hooks;       // in the order in which they were added
  std::vector<void*> addresses;  // the calls that led to the op, recorded in anomaly mode
  std::string why_unmade;        // of a tensor that could not be made
};

}  // namespace heed::detail
