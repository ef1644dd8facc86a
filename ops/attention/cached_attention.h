// Attention to cached keys and values of earlier calls.
#pragma once

#include <span>

#include "attention.h"

namespace heed {

/// Cached keys and values of one sequence, in memory that may have spare capacity:
///   key [capacity, key_heads, key_width], value [capacity, key_heads, value_width], of which the first `length` rows
/// are used
struct KeysAndValues {
  Tensor key, value;  // contiguous; may be empty while length is 0
  std::int64_t length = 0;
};

/// Attention where sequence s of the queries attends to cached[s]. With causal() the queries of a sequence are its
/// newest tokens. Not recorded in the graph; throws Error if the query requires a gradient.
///   query [query_tokens, heads, key_width]  ->  y [query_tokens, heads, value_width];  options.dropout must be 0
/// A query without keys gives zeros. If no sequence has a value tensor, value_width is key_width.
Tensor cached_attention(const Tensor& query, std::span<const KeysAndValues> cached, const Sequences& query_sequences,
                        const AttentionOptions& options = {});

}  // namespace heed
