// Gradients of elementwise functions that a kernel computes.
#pragma once

#include "elementwise.h"

namespace heed::detail {

/// Gradient dx = dy * f'(x) by one kernel on `saved`, or by the ops of `formula` if the gradient is recorded.
template <class Formula>
auto by_kernel(const char* op, const Tensor& saved, kernels::Backward f, const Formula& formula) {
  return fused_gradient(saved, [op, f](const Tensor& dy, const Tensor& kept) { return map(op, dy, kept, f); }, formula);
}

}  // namespace heed::detail
