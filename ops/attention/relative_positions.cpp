#include "relative_positions.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "../../graph/fail.h"
#include "../index/gather_rows.h"
#include "../math/arithmetic.h"
#include "../shape/view.h"
#include "../support/elementwise.h"

namespace heed {
using namespace heed::detail;

namespace {

/// Returns f of each element, int64 of the same shape.
template <class Function>
Tensor each_distance(const char* op, const Tensor& distances, const Function& f) {
  if (distances.dtype() != int64) fail("{}: distances are {}, but they must be int64", op, name(distances.dtype()));
  const Tensor from = contiguous(distances);
  const Tensor to = empty(distances.shape(), int64);
  const auto* x = read<std::int64_t>(from);
  std::transform(x, x + from.elements(), fill<std::int64_t>(to), f);
  return to;
}

double slope(std::int64_t head, std::int64_t heads) {
  return std::exp2(-8.0 * static_cast<double>(head + 1) / static_cast<double>(heads));
}

/// Number of buckets of each side, and of those for a single distance.
struct BucketCounts {
  std::int64_t side, single;
};
BucketCounts bucket_counts(const char* op, std::int64_t buckets, BucketSides sides, std::int64_t max_distance) {
  const std::int64_t side = sides == BucketSides::both ? buckets / 2 : buckets, single = side / 2;
  if (single < 1 || (sides == BucketSides::both && buckets % 2 != 0))
    fail("{}: there are {} buckets, but there must be {}", op, buckets,
         sides == BucketSides::both ? "an even number of them, at least 4" : "at least 2");
  if (max_distance <= single)
    fail("{}: max_distance is {}, but it must be more than {}, the number of buckets for single distances", op,
         max_distance, single);
  return {side, single};
}

}  // namespace

DistanceFunction sum_of(const DistanceFunction& a, const DistanceFunction& b) {
  if (!a || !b) return a ? a : b;
  return [a, b](const Tensor& distances) { return a(distances) + b(distances); };
}

DistanceFunction alibi(const Tensor& slopes) {
  if (slopes.rank() != 1) fail("alibi: slopes are {}, but they must be [heads]", to_string(slopes.shape()));
  return [slopes](const Tensor& distances) {
    return -reshape(cast(abs(distances), slopes.dtype()), {distances.size(0), 1}) * slopes;
  };
}

Tensor alibi_slopes(Size heads, DType dtype) {
  if (heads < 1) fail("alibi_slopes: heads is {}, but it must be at least 1", heads.value);
  const auto whole = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(heads.value)));
  return with_floating("alibi_slopes", dtype, [&]<class T>() {
    Tensor slopes = empty({heads}, dtype);
    T* const to = fill<T>(slopes);
    for (std::int64_t h = 0; h < heads; ++h)
      to[h] = static_cast<T>(h < whole ? slope(h, whole) : slope(2 * (h - whole), 2 * whole));
    return slopes;
  });
}

DistanceFunction clipped_distances(const Tensor& table) {
  if (table.rank() < 2 || table.size(0) % 2 != 1)
    fail("clipped_distances: the table is {}, but it must have at least two axes, the first of an odd length",
         to_string(table.shape()));
  return [table, most = table.size(0) / 2](const Tensor& distances) {
    const Tensor rows = each_distance("clipped_distances", distances,
                                      [=](std::int64_t d) { return std::clamp(d, -most, most) + most; });
    return gather_rows(table, rows);
  };
}

DistanceFunction bucketed_distances(const Tensor& table, BucketSides sides, std::int64_t max_distance) {
  if (table.rank() < 2)
    fail("bucketed_distances: the table is {}, but it must have at least two axes", to_string(table.shape()));
  bucket_counts("bucketed_distances", table.size(0), sides, max_distance);
  return [table, sides, max_distance](const Tensor& distances) {
    return gather_rows(table, distance_buckets(distances, table.size(0), sides, max_distance));
  };
}

Tensor distance_buckets(const Tensor& distances, Size buckets, BucketSides sides, std::int64_t max_distance) {
  const BucketCounts counts = bucket_counts("distance_buckets", buckets, sides, max_distance);
  const double steps = static_cast<double>(counts.side - counts.single) /
                       std::log(static_cast<double>(max_distance) / static_cast<double>(counts.single));
  return each_distance("distance_buckets", distances, [=](std::int64_t d) {
    const bool behind = d < 0;
    if (behind && sides == BucketSides::before) return std::int64_t{0};
    const std::int64_t n = behind ? -std::max(d, -std::numeric_limits<std::int64_t>::max()) : d,
                       first = behind ? counts.side : 0;
    if (n < counts.single) return first + n;
    const double growing = steps * std::log(static_cast<double>(n) / static_cast<double>(counts.single));
    // An integer result must not be rounded down because of the logarithm's last bit.
    return first + std::min(counts.single + static_cast<std::int64_t>(growing + 1e-9), counts.side - 1);
  });
}

}  // namespace heed
