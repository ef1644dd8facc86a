// Building blocks of attention with explicit scores and weights of any kind, on ragged batches. A tensor of pairs is
// [pairs], where sequence s has queries(s) x keys(s) elements, row by row. For batches of short sequences, as in
// recurrent models; ops/attention/attention.h stores no such tensor. float32 and float64.
#pragma once

#include "sequences.h"

namespace heed {

/// Number of pairs of a query and a key: the sum over s of query_sequences.length(s) * key_sequences.length(s).
std::int64_t count_pairs(const Sequences& query_sequences, const Sequences& key_sequences);

/// Dot-product scores:  s[i, j] = dot(query[i], key[j]);  query [query tokens, width], key [key tokens, width]  ->
/// [pairs]
Tensor pair_dot(const Tensor& query, const Tensor& key, const Sequences& query_sequences,
                const Sequences& key_sequences);

/// Weighted sums of values:  y[i] = sum over j of p[i, j] value[j];  p [pairs], value [key tokens, width]  ->  [query
/// tokens, width]. A query without keys gives zeros.
Tensor pair_weighted_sum(const Tensor& p, const Tensor& value, const Sequences& query_sequences,
                         const Sequences& key_sequences);

/// The transposed map:  y[j] = sum over i of p[i, j] query[i];  query [query tokens, width]  ->  [key tokens, width].
Tensor pair_weighted_sum_transposed(const Tensor& p, const Tensor& query, const Sequences& query_sequences,
                                    const Sequences& key_sequences);

/// Softmax over the keys of each query:  w[i, j] = exp(s[i, j]) / sum over j of exp(s[i, j]);  [pairs] -> [pairs]
Tensor pair_softmax(const Tensor& scores, const Sequences& query_sequences, const Sequences& key_sequences);

/// Additive attention scores:  s[i, j] = dot(weight, tanh(query[i] + key[j]));  weight [width]  ->  [pairs]. The sums
/// are not stored: each is computed once in forward and once in backward. Bahdanau et al. 2015, arXiv:1409.0473,
/// appendix A.1.2.
Tensor pair_additive(const Tensor& query, const Tensor& key, const Tensor& weight, const Sequences& query_sequences,
                     const Sequences& key_sequences);

}  // namespace heed
