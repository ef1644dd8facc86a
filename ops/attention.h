// Attention on ragged batches: one op, which never holds a matrix of queries by keys.
#pragma once

#include <optional>

#include "mask.h"
#include "relative_positions.h"
#include "sequences.h"

namespace heed {

/// As in  attention(q, k, v, sequences, {.mask = causal(), .dropout = 0.1f}).
struct AttentionOptions {
  Mask mask = {};
  float dropout = 0;                 // the chance that a weight is set to 0; the others are divided by 1 - dropout
  std::optional<double> scale = {};  // of the scores, finite; 1 / sqrt(key_width) if not given

  // What depends on how far a key is from its query (relative_positions.h), each a function of distances [n]:
  DistanceFunction bias = {};             // [n, heads], finite
  DistanceFunction relative_keys = {};    // [n, heads or a divisor of them, key_width]
  DistanceFunction relative_values = {};  // [n, heads or a divisor of them, value_width]
};

/// Each query takes the mean of the values, weighted by how well their keys match it:
///   y[i] = sum over j of w[i, j] value[j],  w[i] = softmax over j of scale * dot(query[i], key[j])
/// where j runs over the keys in sequence s of `key_sequences` that the mask lets query i, in sequence s of
/// `query_sequences`, attend to. Without any, y[i] is 0. Dropout acts on w. What the mask hides takes no part in values
/// and gradients, NaN and infinity included.
///   query [query_tokens, heads, key_width], key [key_tokens, key_heads, key_width],
///   value [key_tokens, key_heads, value_width]  ->  y [query_tokens, heads, value_width]
/// Query head h reads key head h / (heads / key_heads), so heads must be a multiple of key_heads (grouped queries).
/// Inputs may be views of one product: nothing is copied if the last axis has stride 1. float32 and float64. Memory
/// beyond y: two numbers for each query and head, and the rows of distances. No matrix of queries by keys is ever held.
/// Vaswani et al. 2017, arXiv:1706.03762, section 3.2; Ainslie et al. 2023, arXiv:2305.13245 (grouped queries); Dao et
/// al. 2022, arXiv:2205.14135 (in tiles); Shaw et al. 2018, arXiv:1803.02155, section 3.1 (relative keys and values).
Tensor attention(const Tensor& query, const Tensor& key, const Tensor& value, const Sequences& query_sequences,
                 const Sequences& key_sequences, const AttentionOptions& options = {});

/// Self-attention: queries and keys belong to the same sequences.
inline Tensor attention(const Tensor& query, const Tensor& key, const Tensor& value, const Sequences& sequences,
                        const AttentionOptions& options = {}) {
  return attention(query, key, value, sequences, sequences, options);
}

}  // namespace heed
