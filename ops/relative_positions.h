// What attention adds to scores, keys and values by how far a key is from its query.
#pragma once

#include <functional>

#include "../graph/tensor.h"

namespace heed {

/// A function of distances, int64 [n], that gives a row for each: [n, ...]. The distance of a query and a key is the
/// query's place minus the key's, so 3 is the third key before it and -1 the one behind. Of a sequence with m queries
/// and n keys, query i stands at place i + n - m, as for masks. attention() calls it once for all distances that occur,
/// so whatever it is made of gets gradients, and no row is there for each pair.
///   attention(q, k, v, sequences, {.bias = alibi(slopes)})
using DistanceFunction = std::function<Tensor(const Tensor& distances)>;

/// Their sum; one of them may be empty.
DistanceFunction sum_of(const DistanceFunction& a, const DistanceFunction& b);

/// A bias of -slopes[head] * |distance|; slopes: [heads], alibi_slopes(heads) or learned. Press et al. 2022,
/// arXiv:2108.12409, section 3.
DistanceFunction alibi(const Tensor& slopes);

/// Slopes that fall from head to head: 2^(-8 (h + 1) / heads) for head h, if the number of heads is a power of two. If
/// not, those of the power of two below it, then every second one of those of twice as many heads, the first before
/// all. Press et al. 2022, section 3 and its code.  [heads], float32 or float64.
Tensor alibi_slopes(Size heads, DType dtype = float32);

/// The row of a table that belongs to a distance of at most n to either side; farther ones take the row of the
/// farthest.
///   table [2 n + 1, ...]: rows 0, 1, ..., 2 n are for the distances -n, -n + 1, ..., n
/// As a bias: table [2 n + 1, heads]. As relative keys or values: [2 n + 1, heads or 1, width]. Shaw et al. 2018,
/// arXiv:1803.02155, section 3.2.
DistanceFunction clipped_distances(const Tensor& table);

/// Which keys a bucket is for: those before the query and those behind it, or only those before it, for causal models,
/// where all that lie behind count as distance 0.
enum class BucketSides { both, before };

/// The row of a table that belongs to a distance's bucket (distance_buckets).  table: [buckets, ...], as a bias
/// [buckets, heads].
DistanceFunction bucketed_distances(const Tensor& table, BucketSides sides, std::int64_t farthest = 128);

/// T5's buckets, int64 of the shape of `distances`. With both sides, half of the buckets are for each. Of the b buckets
/// for a side, the first b / 2 are for one distance each, 0, 1, ...; the others for distances n in steps that grow,
///   b / 2 + floor(ln(n / (b / 2)) / ln(farthest / (b / 2)) * (b - b / 2)),
/// and the last for all from `farthest` on. Raffel et al. 2020, arXiv:1910.10683, section 2.1.
Tensor distance_buckets(const Tensor& distances, Size buckets, BucketSides sides, std::int64_t farthest = 128);

}  // namespace heed
