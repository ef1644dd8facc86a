// Internal: sums of elements in 16 bits. Ops that only move elements support 16 bits, but their gradients may add.
#pragma once

#include "../shape/view.h"

namespace heed::detail {

/// Returns add(x), a sum of elements of x. bfloat16 and float16 are added in float32, and the sum is rounded once.
template <class Add>
Tensor rounded_once(const Tensor& x, const Add& add) {
  return is_stored_float(x.dtype()) ? cast(add(cast(x, float32)), x.dtype()) : add(x);
}

}  // namespace heed::detail
