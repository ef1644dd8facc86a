// Rows that were taken from a table and come back to it, each with a weight: the outputs of experts.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// y[t] = sum of weights[i] rows[i] over all i with tokens[i] = t, added in an order that follows from the tokens:
///   rows: [n, width];  weights: [n];  tokens: [n] of int64 or int32, each in [0, count);  y: [count, width].
/// A token without rows gets 0. float32, float64.
Tensor combine_rows(const Tensor& rows, const Tensor& weights, const Tensor& tokens, std::int64_t count);

}  // namespace heed
