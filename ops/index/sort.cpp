#include "sort.h"

#include <algorithm>
#include <span>
#include <vector>

#include "../../graph/fail.h"
#include "../shape/axes.h"
#include "../shape/shape.h"
#include "../shape/view.h"
#include "../support/axes.h"
#include "../support/elementwise.h"
#include "../support/order.h"
#include "../support/rows.h"
#include "gather.h"

namespace heed {
using namespace heed::detail;

namespace {

/// Computes the indices of the elements of each row with ranks from `first` on: [rows, count] of x [rows, width].
template <class T>
void rank_rows(const Tensor& x, std::int64_t first, bool descending, const Tensor& numbers) {
  using Item = Numbered<decltype(sort_key(T{}))>;
  const std::int64_t width = x.shape()[1], count = numbers.shape()[1];
  const auto rows = read_rows<T>(x);
  std::int64_t* to = fill<std::int64_t>(numbers);
  parallel(x.shape()[0], 20.0 * static_cast<double>(width) + 50, [&](Range part) {
    const bool whole = count == width;
    std::vector<Item, arena::Allocator<Item>> row(static_cast<std::size_t>(width)), spare(whole ? row.size() : 0);
    for (std::int64_t r = part.begin; r < part.end; ++r) {
      for (std::int64_t i = 0; i < width; ++i) {
        const auto key = sort_key(rows[r][i]);
        row[static_cast<std::size_t>(i)] = {descending ? static_cast<decltype(key)>(~key) : key, i};
      }
      const auto begin = row.begin() + first;
      if (whole) {
        sort_numbered(std::span(row), std::span(spare));
      } else {
        if (first > 0) std::nth_element(row.begin(), begin, row.end());
        std::partial_sort(begin, begin + count, row.end());
      }
      for (std::int64_t i = 0; i < count; ++i) to[r * count + i] = begin[i].number;
    }
  });
}

/// Returns the indices along the axis (from 0) of `count` elements with ranks from `first` on.
Tensor ranked(const Tensor& x, int axis, std::int64_t first, std::int64_t count, bool descending) {
  NoGrad scope;
  const Tensor last = moveaxis(x.detach(), axis, -1);
  Shape shape = last.shape();
  const Tensor rows = as_rows(last);
  shape[-1] = count;
  const Tensor numbers = empty({rows.shape()[0], count}, int64);
  if (numbers.elements() > 0) with_any(x.dtype(), [&]<class T>() { rank_rows<T>(rows, first, descending, numbers); });
  return contiguous(moveaxis(reshape(numbers, shape), -1, axis));
}

Ranked chosen(const Tensor& x, int axis, const Tensor& indices) { return {gather(x, axis, indices), indices}; }

Ranked kth(const char* op, const Tensor& x, std::int64_t k, int axis, bool keepdims) {
  const std::int64_t length = x.shape()[axis];
  if (k < 1 || k > length)
    fail("{}: k is {}, but axis {} of x, which is {}, has {} elements", op, k, axis, to_string(x.shape()), length);
  const Ranked one = chosen(x, axis, ranked(x, axis, k - 1, 1, false));
  if (keepdims) return one;
  return {squeeze(one.values, axis), squeeze(one.indices, axis)};
}

}  // namespace

Ranked sort(const Tensor& x, int axis, const SortOptions& options) {
  axis = axis_of("sort", x, axis);
  return chosen(x, axis, ranked(x, axis, 0, x.shape()[axis], options.descending));
}

Tensor argsort(const Tensor& x, int axis, const SortOptions& options) {
  axis = axis_of("argsort", x, axis);
  return ranked(x, axis, 0, x.shape()[axis], options.descending);
}

Ranked topk(const Tensor& x, std::int64_t k, int axis, const TopkOptions& options) {
  axis = axis_of("topk", x, axis);
  if (k < 0 || k > x.shape()[axis])
    fail("topk: k is {}, but axis {} of x, which is {}, has {} elements", k, axis, to_string(x.shape()),
         x.shape()[axis]);
  return chosen(x, axis, ranked(x, axis, 0, k, options.largest));
}

Ranked kthvalue(const Tensor& x, std::int64_t k, int axis, bool keepdims) {
  return kth("kthvalue", x, k, axis_of("kthvalue", x, axis), keepdims);
}

Ranked median(const Tensor& x, int axis, bool keepdims) {
  axis = axis_of("median", x, axis);
  return kth("median", x, (x.shape()[axis] + 1) / 2, axis, keepdims);
}

}  // namespace heed
