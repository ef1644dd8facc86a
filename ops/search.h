// Finding and counting values. None of it has a gradient, but that of bincount's weights. The order is that of sort.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// The different values of x in ascending order, [count]; for each element of x the place of its value among them, in
/// the shape of x; and how often each occurs, [count]. The last two are int64. NaNs are one value. Any dtype.
struct Unique {
  Tensor values, inverse, counts;
};
Unique unique(const Tensor& x);

struct SearchOptions {
  bool right = false;
};

/// For each value the place where it would keep `sorted` in order: of the first element that is not less than it, or
/// with `right` of the first that is greater. sorted is ascending, [n] for values of any shape, or [..., n] for values
/// [..., m] with the same axes in front. int64, in the shape of values.
Tensor searchsorted(const Tensor& sorted, const Tensor& values, const SearchOptions& options = {});

/// searchsorted(boundaries, values): the bucket of each value between boundaries [n], from 0 to n.
Tensor bucketize(const Tensor& values, const Tensor& boundaries, const SearchOptions& options = {});

/// How often each number from 0 on occurs in x, which is int64 or int32 of any shape: int64 [max(x) + 1], or longer,
/// [minimum_length].
Tensor bincount(const Tensor& x, std::int64_t minimum_length = 0);
/// The sum of the weights where each number occurs, added in order; weights has the shape of x. It has the dtype of the
/// weights, float32 or float64; sums of int64 and int32 are int64.
Tensor bincount(const Tensor& x, const Tensor& weights, std::int64_t minimum_length = 0);

}  // namespace heed
