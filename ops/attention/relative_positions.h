// Relative positions: terms of attention scores, keys and values that depend on the distance of query and key.
#pragma once

#include <functional>

#include "../../graph/tensor.h"

namespace heed {

/// Function of distances, int64 [n], that returns a row for each: [n, ...]. The distance of a query and a key is the
/// query's position minus the key's: 3 is the third key before the query, -1 the key after it. In a sequence with m
/// queries and n keys, query i has the position i + n - m, as for masks. attention() calls the function once for all
/// distances that occur, so the tensors that it uses get gradients, and rows are not stored for each pair.
///   attention(q, k, v, sequences, {.bias = alibi(slopes)})
using DistanceFunction = std::function<Tensor(const Tensor& distances)>;

/// Sum of two functions; one of them may be empty.
DistanceFunction sum_of(const DistanceFunction& a, const DistanceFunction& b);

/// ALiBi: a bias of -slopes[head] * |distance|; slopes: [heads], alibi_slopes(heads) or learned. Press et al. 2022,
/// arXiv:2108.12409, section 3.
DistanceFunction alibi(const Tensor& slopes);

/// Slopes of ALiBi: 2^(-8 (h + 1) / heads) for head h, if the number of heads is a power of two. If not, those of the
/// power of two p below it, followed by the slopes 0, 2, 4, ... of 2 p heads. Press et al. 2022, section 3 and its
/// code.  [heads], float32 or float64.
Tensor alibi_slopes(Size heads, DType dtype = float32);

/// Table lookup by the distance, clipped to [-n, n]:
///   table [2 n + 1, ...]: rows 0, 1, ..., 2 n are for the distances -n, -n + 1, ..., n
/// The table of a bias is [2 n + 1, heads], that of relative keys or values [2 n + 1, heads or 1, width]. Shaw et al.
/// 2018, arXiv:1803.02155, section 3.2.
DistanceFunction clipped_distances(const Tensor& table);

/// Keys that buckets distinguish: those before and after the query (both), or only those before it, for causal models,
/// where all keys after the query count as distance 0.
enum class BucketSides { both, before };

/// Table lookup by the bucket of the distance (distance_buckets).  table: [buckets, ...], for a bias [buckets, heads].
DistanceFunction bucketed_distances(const Tensor& table, BucketSides sides, std::int64_t max_distance = 128);

/// T5's buckets of distances, int64 of the shape of `distances`. With both sides, each has half of the buckets. Of the
/// b buckets of a side, the first b / 2 are for one distance each, 0, 1, ...; the others for ranges of distances n that
/// grow logarithmically,
///   b / 2 + floor(ln(n / (b / 2)) / ln(max_distance / (b / 2)) * (b - b / 2)),
/// and the last for all from `max_distance` on. Raffel et al. 2020, arXiv:1910.10683, section 2.1.
Tensor distance_buckets(const Tensor& distances, Size buckets, BucketSides sides, std::int64_t max_distance = 128);

}  // namespace heed
