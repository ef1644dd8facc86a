// Matrix products. float32 and float64; both operands have the same dtype.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Matrix product:  [..., m, k] x [..., k, n] -> [..., m, n]. Leading axes are broadcast. A vector [k] is a row on the
/// left and a column on the right; its axis is removed from the result. Transposed views are not copied.
Tensor matmul(const Tensor& a, const Tensor& b);

/// Linear map of the last axis:  y = x W^T + b;  x [..., in], weight [out, in], bias [out] or an empty Tensor -> [...,
/// out].
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

}  // namespace heed
