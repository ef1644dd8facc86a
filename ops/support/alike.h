// Internal: checks that inputs of an op have the same shape and dtype.
#pragma once

#include "../../graph/fail.h"
#include "../../graph/print.h"
#include "elementwise.h"

namespace heed::detail {

/// Throws Error unless x and y have the same shape and the same dtype, float32 or float64.
inline void check_same_shape(const char* op, const char* name_x, const Tensor& x, const char* name_y, const Tensor& y) {
  check_same_dtype(op, name_x, x, name_y, y);
  if (x.shape() != y.shape())
    fail("{}: {} is {} and {} {}, but both must have the same shape", op, name_x, to_string(x.shape()), name_y,
         to_string(y.shape()));
  if (!is_floating(x.dtype())) wrong_dtype(op, x.dtype(), "float32 or float64");
}

}  // namespace heed::detail
