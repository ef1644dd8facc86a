// Searching and counting values. No gradients, except for bincount's weights. The order is that of sort.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Distinct values of x in ascending order, [count]; the index of each element's value among them, in the shape of x;
/// and the number of occurrences of each value, [count]. The last two are int64. NaNs are one value. Any dtype.
struct Unique {
  /// Values, index of each element, number of occurrences.
  Tensor values, inverse, counts;
};
/// Returns the distinct values of x: see Unique.
Unique unique(const Tensor& x);

/// Options of searchsorted and bucketize; right: on which side of equal elements a value is inserted.
struct SearchOptions {
  bool right = false;
};

/// Returns for each value the index where it would be inserted in `sorted` to keep it in order: that of the first
/// element that is not less, or with `right` of the first that is greater. sorted is ascending, [n] for values of any
/// shape, or [..., n] for values [..., m] with the same leading axes. int64, in the shape of values.
Tensor searchsorted(const Tensor& sorted, const Tensor& values, const SearchOptions& options = {});

/// Returns the bucket of each value between boundaries [n], from 0 to n: searchsorted(boundaries, values).
Tensor bucketize(const Tensor& values, const Tensor& boundaries, const SearchOptions& options = {});

/// Number of occurrences of 0, 1, 2, ... in x, which is int64 or int32 of any shape: int64 [max(x) + 1], or
/// [minimum_length] if that is longer.
Tensor bincount(const Tensor& x, std::int64_t minimum_length = 0);
/// Sum of the weights of the occurrences of each number, added in order; weights has the shape of x. It has the dtype
/// of the weights, float32 or float64; sums of int64 and int32 are int64.
Tensor bincount(const Tensor& x, const Tensor& weights, std::int64_t minimum_length = 0);

}  // namespace heed
