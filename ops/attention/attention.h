// Scaled dot-product attention on ragged batches, as one op that never stores a [queries, keys] matrix.
#pragma once

#include <optional>

#include "../sequences/sequences.h"
#include "mask.h"
#include "relative_positions.h"

namespace heed {

/// Options of attention:  attention(q, k, v, sequences, {.mask = causal(), .dropout = 0.1f}).
struct AttentionOptions {
  Mask mask = {};
  float dropout = 0;                 // probability that a weight is set to 0; the others are divided by 1 - dropout
  std::optional<double> scale = {};  // factor of the scores, finite; default: 1 / sqrt(key_width)

  // Terms that depend on the distance of query and key (relative_positions.h), each a function of distances [n]:
  DistanceFunction bias = {};             // [n, heads], finite
  DistanceFunction relative_keys = {};    // [n, heads or a divisor of it, key_width]
  DistanceFunction relative_values = {};  // [n, heads or a divisor of it, value_width]
};

/// Scaled dot-product attention:
///   y[i] = sum over j of w[i, j] value[j],  w[i] = softmax over j of scale * dot(query[i], key[j])
/// where j runs over the keys of sequence s of `key_sequences` that the mask allows for query i of sequence s of
/// `query_sequences`. If there are none, y[i] is 0. Dropout acts on w. Masked keys and values contribute nothing to
/// values and gradients, even if they are NaN or infinite.
///   query [query_tokens, heads, key_width], key [key_tokens, key_heads, key_width],
///   value [key_tokens, key_heads, value_width]  ->  y [query_tokens, heads, value_width]
/// Query head h attends to key head h / (heads / key_heads), so heads must be a multiple of key_heads (grouped-query
/// attention). Inputs may be views of one tensor, as of a joint projection: nothing is copied if the last axis has
/// stride 1. float32 and float64. Memory in addition to y: two numbers for each query and head, and the rows of
/// distances.
/// Vaswani et al. 2017, arXiv:1706.03762, section 3.2; Ainslie et al. 2023, arXiv:2305.13245 (grouped queries); Dao et
/// al. 2022, arXiv:2205.14135 (tiling); Shaw et al. 2018, arXiv:1803.02155, section 3.1 (relative keys and values).
Tensor attention(const Tensor& query, const Tensor& key, const Tensor& value, const Sequences& query_sequences,
                 const Sequences& key_sequences, const AttentionOptions& options = {});

/// Self-attention: queries and keys have the same sequences.
inline Tensor attention(const Tensor& query, const Tensor& key, const Tensor& value, const Sequences& sequences,
                        const AttentionOptions& options = {}) {
  return attention(query, key, value, sequences, sequences, options);
}

}  // namespace heed
