// Internal: reductions over axes, in an order that depends on shape and strides alone.
#pragma once

#include <algorithm>
#include <type_traits>

#include "../shape/axes.h"
#include "elementwise.h"

namespace heed::detail {

/// Returns the shape without the axes whose bits are set, or with length 1 in their place.
Shape reduced_shape(const Shape& shape, unsigned axes, bool keepdims);

/// Moves the given axes behind the others and merges them into one: [..., n]. A view if the strides allow it, else a
/// copy; with history.
Tensor axes_to_last(const Tensor& x, unsigned axes);

template <class T>
struct AccumulatorOf {
  using Type = std::make_unsigned_t<T>;
};
template <>
struct AccumulatorOf<float> {
  using Type = double;
};
template <>
struct AccumulatorOf<double> {
  using Type = double;
};
inline constexpr std::int64_t long_run = 1 << 15;  // longer runs are split
/// Accumulator type of long sums and products of T: double for floats, unsigned for integers, which wrap around.
template <class T>
using Accumulator = typename AccumulatorOf<T>::Type;

/// Kept and reduced axes of x; either group may be empty.
struct Split {
  Shape kept, kept_strides;  // as in the output
  Shape reduced, reduced_strides;

  Split(const Tensor& x, unsigned axes) {
    for (int axis = 0; axis < x.rank(); ++axis) {
      const bool is_reduced = axes >> axis & 1u;
      (is_reduced ? reduced : kept).push_back(x.shape()[axis]);
      (is_reduced ? reduced_strides : kept_strides).push_back(x.strides()[axis]);
    }
  }
};

/// Pairwise summation (or another associative operation): the error of a sum grows with the logarithm of the number of
/// terms.
template <class T, class Combine>
class Pairwise {
 public:
  explicit Pairwise(const Combine& combine) : combine_(combine) {}
  void add(T x) {
    for (std::int64_t k = count_++; k & 1; k >>= 1) x = combine_(levels_[--depth_], x);
    levels_[depth_++] = x;
  }
  /// Returns the total, or start if there are no terms.
  T total(T start) const {
    if (depth_ == 0) return start;
    T all = levels_[depth_ - 1];
    for (int i = depth_ - 1; i-- > 0;) all = combine_(levels_[i], all);
    return all;
  }

 private:
  const Combine& combine_;
  std::int64_t count_ = 0;
  int depth_ = 0;
  T levels_[64];
};

/// Pairwise summation of rows, which are computed in place.
template <class T, std::int64_t columns>
class PairwiseRows {
 public:
  /// Returns the next row, set to 0, to be filled before the next call.
  T* next() {
    combine(count_++ - 1);
    T* const row = levels_[depth_++];
    std::fill_n(row, columns, T{0});
    return row;
  }
  /// Returns the sum of the rows, of which there must be one or more.
  const T* total() {
    combine(~std::uint64_t{0});
    return levels_[0];
  }

 private:
  /// Adds the last row to the one before it, once for each trailing bit that is set.
  void combine(std::uint64_t bits) {
    for (; bits & 1 && depth_ > 1; bits >>= 1) {
      --depth_;
      for (std::int64_t i = 0; i < columns; ++i)
        levels_[depth_ - 1][i] = static_cast<T>(levels_[depth_ - 1][i] + levels_[depth_][i]);
    }
  }

  std::uint64_t count_ = 0;
  int depth_ = 0;
  T levels_[64][columns];
};

/// Combines of_run(run, its length) of all runs that belong to one output element, in order. total must be the neutral
/// element.
template <class T, class Out, class OfRun, class Combine>
Out reduce_runs(const T* x, const Runs<1>& runs, const OfRun& of_run, const Combine& combine, Out total) {
  constexpr std::int64_t together = 64;
  const auto of_rows = [&](std::int64_t begin, std::int64_t end) {
    Out part = total;
    for (std::int64_t row = begin; row < end; ++row)
      part = combine(part, of_run(kernels::Run<const T>{x + runs.offset(0, row), runs.stride(0)}, runs.length()));
    return part;
  };
  if (runs.rows() <= together) return of_rows(0, runs.rows());
  Pairwise<Out, Combine> parts(combine);
  for (std::int64_t row = 0; row < runs.rows(); row += together)
    parts.add(of_rows(row, std::min(row + together, runs.rows())));
  return parts.total(total);
}

/// y = start, combined with of_run(run of x, its length) for each run along the reduced axes, in order. start must be
/// the neutral element: one long run is split into pieces, each of which starts from it.
template <class T, class Out, class OfRun, class Combine>
void reduce_each(const T* x, const Split& split, Out* y, const OfRun& of_run, const Combine& combine, Out start) {
  const Runs<1> runs(split.reduced, {split.reduced_strides});
  const Runs<1> outputs(split.kept, {split.kept_strides});
  const std::int64_t count = split.kept.elements(), each = split.reduced.elements();
  if (each == 0) return void(std::fill_n(y, count, start));
  if (count == 1 && runs.rows() == 1 && each > long_run) {  // one long sum: pieces in parallel, then their results
    const std::int64_t pieces = (each + long_run - 1) / long_run;
    SmallVector<Out, 64> partial;
    for (std::int64_t i = 0; i < pieces; ++i) partial.push_back(start);
    parallel_chunks(pieces, [&](std::int64_t i) {
      const std::int64_t begin = i * long_run;
      partial[static_cast<std::size_t>(i)] =
          of_run(kernels::Run<const T>{x + begin * runs.stride(0), runs.stride(0)}, std::min(long_run, each - begin));
    });
    Pairwise<Out, Combine> all(combine);
    for (const Out& value : partial) all.add(value);
    *y = all.total(start);
    return;
  }
  parallel(count, 0.2 * static_cast<double>(each) + 5, [&](Range part) {
    for (std::int64_t i = part.begin; i < part.end; ++i) {
      const std::int64_t row = i / outputs.length(), column = i % outputs.length();
      y[i] = reduce_runs(x + outputs.offset(0, row) + column * outputs.stride(0), runs, of_run, combine, start);
    }
  });
}

}  // namespace heed::detail
