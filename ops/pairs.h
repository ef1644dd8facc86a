// Every query of a ragged batch with every key of its sequence: attention with its weights at hand, for scores of any
// kind. A tensor of pairs is [pairs], where sequence s owns queries(s) x keys(s) elements, row by row. Batches of short
// sequences, as recurrent models have; for long ones ops/attention.h holds no such tensor. float32 and float64.
#pragma once

#include "sequences.h"

namespace heed {

/// The number of pairs: the sum over s of query_sequences.length(s) * key_sequences.length(s).
std::int64_t count_pairs(const Sequences& query_sequences, const Sequences& key_sequences);

/// s[i, j] = dot(query[i], key[j]);  query [query tokens, width], key [key tokens, width]  ->  [pairs]
Tensor pair_dot(const Tensor& query, const Tensor& key, const Sequences& query_sequences,
                const Sequences& key_sequences);

/// y[i] = sum over j of p[i, j] value[j];  p [pairs], value [key tokens, width]  ->  [query tokens, width]. A query
/// without a key gets zeros.
Tensor pair_mix(const Tensor& p, const Tensor& value, const Sequences& query_sequences, const Sequences& key_sequences);

/// The transposed: y[j] = sum over i of p[i, j] query[i];  query [query tokens, width]  ->  [key tokens, width].
Tensor pair_mix_back(const Tensor& p, const Tensor& query, const Sequences& query_sequences,
                     const Sequences& key_sequences);

/// w[i, j] = exp(s[i, j]) / sum over j of exp(s[i, j]):  [pairs] -> [pairs]
Tensor pair_softmax(const Tensor& scores, const Sequences& query_sequences, const Sequences& key_sequences);

/// s[i, j] = dot(weight, tanh(query[i] + key[j]));  weight [width]  ->  [pairs]. The sums are never held: each is made
/// once forward and once backward. Bahdanau et al. 2015, arXiv:1409.0473, appendix A.1.2.
Tensor pair_additive(const Tensor& query, const Tensor& key, const Tensor& weight, const Sequences& query_sequences,
                     const Sequences& key_sequences);

}  // namespace heed
