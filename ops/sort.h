// Sorting along an axis. Stable: equal elements stay in order, for any number of threads. NaN counts as larger than all
// numbers, and as equal to NaN. Any dtype; values have gradients, which go to the elements that were chosen.
#pragma once

#include "../graph/tensor.h"

namespace heed {

/// Elements of a tensor, and as int64 their indices along the axis:  auto [values, indices] = sort(x);
struct Ranked {
  Tensor values, indices;
};

struct SortOptions {
  bool descending = false;
};

/// The elements along an axis in order.
Ranked sort(const Tensor& x, int axis = -1, const SortOptions& options = {});

/// The indices that sort:  take_along(x, argsort(x, axis), axis) is sort(x, axis).values.
Tensor argsort(const Tensor& x, int axis = -1, const SortOptions& options = {});

struct TopkOptions {
  bool largest = true;
};

/// The k largest elements along an axis, the largest first; or the k smallest, the smallest first. Of equal ones those
/// that stand first.
Ranked topk(const Tensor& x, std::int64_t k, int axis = -1, const TopkOptions& options = {});

/// The element that is k-th in ascending order, counted from 1, and its index; without the axis unless `keep`.
Ranked kthvalue(const Tensor& x, std::int64_t k, int axis = -1, bool keep = false);

/// The middle element, of two the lesser: kthvalue with k = (n + 1) / 2.
Ranked median(const Tensor& x, int axis = -1, bool keep = false);

}  // namespace heed
