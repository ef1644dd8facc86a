// Matrix products of groups of rows, each with a matrix of its own: experts, adapters, relations.
#pragma once

#include "sequences.h"

namespace heed {

/// y[r] = x[r] weights[g] for each row r of group g, which owns the rows [groups.offset(g), groups.offset(g + 1)):
///   x: [rows, in];  weights: [groups, in, out];  y: [rows, out].
/// Groups may be empty; nothing is padded. The gradients are products for each group too. float32, float64.
/// Gale et al. 2023, arXiv:2211.15841, call it a block-diagonal product.
Tensor grouped_matmul(const Tensor& x, const Sequences& groups, const Tensor& weights);

/// The same with the groups' offsets as a tensor of int64 or int32, [groups + 1], that rises from 0 to rows.
Tensor grouped_matmul(const Tensor& x, const Tensor& offsets, const Tensor& weights);

}  // namespace heed
