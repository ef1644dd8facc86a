// Attention to keys and values that were kept from calls before.
#pragma once

#include <span>

#include "attention.h"

namespace heed {

/// The keys and values of one sequence so far, in memory that may have room for more:
///   key [room, key_heads, key_width], value [room, key_heads, value_width], of which the first `length` rows count
struct KeysAndValues {
  Tensor key, value;  // contiguous; may be empty while length is 0
  std::int64_t length = 0;
};

/// attention(query, key, value, query_sequences, ...) where sequence s of the queries reads cached[s]. So causal() lets
/// the queries of a sequence be its newest tokens. Nothing is recorded: an Error where the query requires a gradient.
///   query [query_tokens, heads, key_width]  ->  y [query_tokens, heads, value_width];  options.dropout must be 0
/// A query without keys gets zeros. Where no sequence has a value tensor, value_width is key_width.
Tensor cached_attention(const Tensor& query, std::span<const KeysAndValues> cached, const Sequences& query_sequences,
                        const AttentionOptions& options = {});

}  // namespace heed
