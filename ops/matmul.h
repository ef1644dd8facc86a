// Matrix products. float32 and float64; both operands have one dtype.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// The product over the last axis of a and the last but one of b: [..., m, k] x [..., k, n] -> [..., m, n]. The axes
/// before are broadcast. A vector [k] on the left is a row, on the right a column, and leaves no axis in the result.
/// Transposed views cost no copy.
Tensor matmul(const Tensor& a, const Tensor& b);

/// y = x W^T + b over the last axis: x [..., in], weight [out, in], bias [out] or an empty Tensor -> [..., out].
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

}  // namespace heed
