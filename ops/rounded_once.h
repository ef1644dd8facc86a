// For the library's own ops: those that only move elements also move 16 bits, but what an element went to several
// places for, its gradient adds up.
#pragma once

#include "view.h"

namespace heed {

/// add(x), a sum of elements of x:  those of bfloat16 and float16 are added in float32, and the sum is rounded once.
template <class Add>
Tensor rounded_once(const Tensor& x, const Add& add) {
  return is_stored_float(x.dtype()) ? cast(add(cast(x, float32)), x.dtype()) : add(x);
}

}  // namespace heed
