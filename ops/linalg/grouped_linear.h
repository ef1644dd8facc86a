// Linear maps of groups of rows, with a weight matrix for each group, as for mixtures of experts.
#pragma once

#include "../sequences/sequences.h"

namespace heed {

/// Grouped linear map:  y[r] = x[r] W_g^T + b_g for each row r of group g, which has the rows [groups.offset(g),
/// groups.offset(g + 1)):
///   x: [rows, in];  weights: a matrix W_g [out, in] for each group;  biases: b_g [out] for each group, or none;
///   y: [rows, out].
/// Groups may be empty; nothing is padded. Gradients are grouped products too; the weight gradient of an empty group is
/// 0. float32, float64. As grouped_matmul, but with separate tensors as matrices.
Tensor grouped_linear(const Tensor& x, const Sequences& groups, std::span<const Tensor> weights,
                      std::span<const Tensor> biases = {});

}  // namespace heed
