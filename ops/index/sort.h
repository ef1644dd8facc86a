// Sorting along an axis. Stable: equal elements stay in order, for any number of threads. NaN counts as larger than
// all numbers, and as equal to NaN. Any dtype; the gradient of a value goes to the selected element.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// Values and their int64 indices along the axis:  auto [values, indices] = sort(x);
struct Ranked {
  Tensor values, indices;
};

/// Options of sort and argsort: ascending, or `descending`.
struct SortOptions {
  bool descending = false;
};

/// Sorts the elements along an axis, ascending by default.
Ranked sort(const Tensor& x, int axis = -1, const SortOptions& options = {});

/// Returns the indices that sort x:  take_along_axis(x, argsort(x, axis), axis) is sort(x, axis).values.
Tensor argsort(const Tensor& x, int axis = -1, const SortOptions& options = {});

/// Options of topk: the `largest` elements, or the smallest.
struct TopkOptions {
  bool largest = true;
};

/// Returns the k largest elements along an axis, the largest first, or the k smallest, the smallest first. Of equal
/// elements the first ones are taken.
Ranked topk(const Tensor& x, std::int64_t k, int axis = -1, const TopkOptions& options = {});

/// Returns the k-th smallest element, counted from 1, and its index. The axis is removed, or with `keepdims` keeps
/// length 1.
Ranked kthvalue(const Tensor& x, std::int64_t k, int axis = -1, bool keepdims = false);

/// Returns the median, of two middle elements the lower: kthvalue with k = (n + 1) / 2.
Ranked median(const Tensor& x, int axis = -1, bool keepdims = false);

}  // namespace heed
