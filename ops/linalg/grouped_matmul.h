// Matrix products of groups of rows, with a matrix for each group, as for experts, adapters and relations.
#pragma once

#include "../sequences/sequences.h"

namespace heed {

/// Grouped matrix product:  y[r] = x[r] weights[g] for each row r of group g, which has the rows [groups.offset(g),
/// groups.offset(g + 1)):
///   x: [rows, in];  weights: [groups, in, out];  y: [rows, out].
/// Groups may be empty; nothing is padded. Gradients are grouped products too. float32, float64. Gale et al. 2023,
/// arXiv:2211.15841 (block-diagonal products).
Tensor grouped_matmul(const Tensor& x, const Sequences& groups, const Tensor& weights);

/// Grouped matrix product with the offsets of the groups as a tensor of int64 or int32, [groups + 1], ascending from 0
/// to rows.
Tensor grouped_matmul(const Tensor& x, const Tensor& offsets, const Tensor& weights);

}  // namespace heed
