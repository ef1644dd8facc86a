// Attention maps as SVG.
#pragma once

#include <string>
#include <vector>

#include "../graph/tensor.h"

namespace heed::train {

/// Returns a map of attention weights as the text of an SVG file: a row for each query, a column for each key, and a
/// square for each weight, the darker the larger.
///   weights: [queries, keys], floating point, from 0 to 1: of one head, or the mean over heads
/// Throws Error if the shape does not fit the names, or if a weight is not from 0 to 1 (with a tolerance of 1e-3).
std::string svg_attention_map(const Tensor& weights, const std::vector<std::string>& queries,
                              const std::vector<std::string>& keys);

}  // namespace heed::train
