#include "search.h"

#include <algorithm>
#include <span>
#include <vector>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/size.h"
#include "../shape/view.h"
#include "../support/elementwise.h"
#include "../support/order.h"
#include "../support/rows.h"
#include "gather_rows.h"

namespace heed {
using namespace heed::detail;

namespace {

/// Returns max(x) + 1, at least `length`. Throws Error if a number is negative.
std::int64_t length_for(const Tensor& x, std::int64_t length) {
  if (x.dtype() != int64 && x.dtype() != int32)
    fail("bincount: x is {} {}, but it must be int64 or int32", name(x.dtype()), to_string(x.shape()));
  if (length < 0) fail("bincount: the minimum length is {}, but it must not be negative", length);
  for (const std::int64_t number : cast(x, int64).to_vector<std::int64_t>()) {
    if (number < 0) fail("bincount: x has the number {}, but none must be negative", number);
    length = std::max(length, add_sizes("bincount", number, 1));
  }
  return length;
}

Tensor counted(const Tensor& x, const Tensor& weights, std::int64_t minimum_length) {
  const std::int64_t length = length_for(x, minimum_length);
  return index_add(zeros({length}, weights.dtype()), reshape(x, {-1}), reshape(weights, {-1}));
}

Tensor search(const char* op, const Tensor& sorted, const Tensor& values, bool right) {
  const std::int64_t length = sorted.shape()[-1];
  const bool one_row = sorted.rank() == 1;
  Tensor places = empty(values.shape(), int64);
  if (places.elements() == 0) return places;
  with_any(values.dtype(), [&]<class T>() {
    const Tensor sorted_rows = as_rows(sorted);
    const auto rows = read_rows<T>(sorted_rows);
    for (std::int64_t r = 0; r < sorted_rows.shape()[0]; ++r)
      for (std::int64_t i = 1; i < length; ++i)
        if (comes_before(rows[r][i], rows[r][i - 1]))
          fail("{}: element {} of row {} is less than the one before, but the rows must be in ascending order", op, i,
               r);
    const Tensor wanted = no_grad([&] { return contiguous(values.detach()); });
    const T* from = read<T>(wanted);
    std::int64_t* to = fill<std::int64_t>(places);
    const std::int64_t of_row = one_row ? values.elements() : values.shape()[-1];
    parallel(values.elements(), 50, [&](Range part) {
      for (std::int64_t i = part.begin; i < part.end; ++i) {
        const T *begin = rows[i / of_row], *end = begin + length;
        to[i] = (right ? std::upper_bound(begin, end, from[i], comes_before<T>)
                       : std::lower_bound(begin, end, from[i], comes_before<T>)) -
                begin;
      }
    });
  });
  return places;
}

}  // namespace

Unique unique(const Tensor& x) {
  NoGrad scope;
  return with_any(x.dtype(), [&]<class T>() {
    const Tensor all = contiguous(x.detach());
    const T* from = read<T>(all);
    using Item = Numbered<decltype(sort_key(T{}))>;
    std::vector<Item, arena::Allocator<Item>> sorted(static_cast<std::size_t>(x.elements())), spare(sorted.size());
    for (std::size_t i = 0; i < sorted.size(); ++i) sorted[i] = {sort_key(from[i]), static_cast<std::int64_t>(i)};
    sort_numbered(std::span(sorted), std::span(spare));
    const auto begins_value = [&](std::size_t i) { return i == 0 || sorted[i - 1].key != sorted[i].key; };
    std::int64_t count = 0;
    for (std::size_t i = 0; i < sorted.size(); ++i) count += begins_value(i);
    Unique found{empty({count}, x.dtype()), empty(x.shape(), int64), zeros({count}, int64)};
    std::int64_t value = -1;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      if (begins_value(i)) fill<T>(found.values)[++value] = from[sorted[i].number];
      fill<std::int64_t>(found.inverse)[sorted[i].number] = value;
      ++fill<std::int64_t>(found.counts)[value];
    }
    return found;
  });
}

Tensor searchsorted(const Tensor& sorted, const Tensor& values, const SearchOptions& options) {
  check_same_dtype("searchsorted", "sorted", sorted, "values", values);
  bool fits = sorted.rank() == 1 || (sorted.rank() > 1 && sorted.rank() == values.rank());
  for (int axis = 0; fits && axis + 1 < sorted.rank(); ++axis) fits = sorted.shape()[axis] == values.shape()[axis];
  if (!fits)
    fail("searchsorted: sorted is {} and values is {}, but sorted must have one axis, or all but the last like values",
         to_string(sorted.shape()), to_string(values.shape()));
  return search("searchsorted", sorted, values, options.right);
}

Tensor bucketize(const Tensor& values, const Tensor& boundaries, const SearchOptions& options) {
  check_same_dtype("bucketize", "values", values, "boundaries", boundaries);
  if (boundaries.rank() != 1)
    fail("bucketize: boundaries is {}, but it must have one axis", to_string(boundaries.shape()));
  return search("bucketize", boundaries, values, options.right);
}

Tensor bincount(const Tensor& x, std::int64_t minimum_length) {
  return counted(x, broadcast_to(ones({}, int64), x.shape()), minimum_length);
}

Tensor bincount(const Tensor& x, const Tensor& weights, std::int64_t minimum_length) {
  if (weights.shape() != x.shape())
    fail("bincount: x is {} and weights is {}, but both must have the same shape", to_string(x.shape()),
         to_string(weights.shape()));
  return counted(x, weights.dtype() == int32 ? cast(weights, int64) : weights, minimum_length);
}

}  // namespace heed
