// Weighted sums of rows by index, as of the outputs of experts.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Scatters rows and adds them with weights:  y[t] = sum of weights[i] rows[i] over all i with tokens[i] = t, in an
/// order that depends on the tokens alone:
///   rows: [n, width];  weights: [n];  tokens: [n] of int64 or int32, each in [0, count);  y: [count, width].
/// A token without rows gives 0. float32, float64.
Tensor scatter_weighted_sum(const Tensor& rows, const Tensor& weights, const Tensor& tokens, std::int64_t count);

}  // namespace heed
