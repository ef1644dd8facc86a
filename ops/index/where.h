// Elementwise selection between two tensors. Broadcasting as in arithmetic.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Elementwise selection:  y = condition ? a : b. condition is bool, a and b have the same dtype; all three are
/// broadcast.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);

}  // namespace heed
