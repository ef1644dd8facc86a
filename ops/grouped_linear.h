// Linear maps of groups of rows, each by a matrix of its own: what experts are made of.
#pragma once

#include "sequences.h"

namespace heed {

/// y[r] = x[r] W_g^T + b_g for each row r of group g, which owns the rows [groups.offset(g), groups.offset(g + 1)):
///   x: [rows, in];  weights: for each group a matrix W_g [out, in];  biases: for each group b_g [out], or none at all;
///   y: [rows, out].
/// Groups may be empty; nothing is padded. The gradients are products for each group too, and that of a group without
/// rows is 0. float32, float64. As grouped_matmul, but the matrices need not lie in one tensor.
Tensor grouped_linear(const Tensor& x, const Sequences& groups, std::span<const Tensor> weights,
                      std::span<const Tensor> biases = {});

}  // namespace heed
