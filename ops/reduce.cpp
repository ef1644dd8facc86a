#include "reduce.h"

#include <algorithm>

#include "../graph/create.h"
#include "../graph/fail.h"
#include "arithmetic.h"
#include "compare.h"
#include "elementwise.h"
#include "view.h"

namespace heed {
namespace {

constexpr std::int64_t rows_at_a_time = 256;    // partial sums of so many rows: better rounding than one long chain
constexpr std::int64_t columns_of_a_task = 64;  // four cache lines of floats
constexpr std::int64_t long_run = 1 << 15;      // longer ones are cut

/// The axes of x in two groups; either may be empty.
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

/// combine(...) of a run of one axis, for all runs that go into one output element, in order.
template <class T, class OfRun, class Combine>
T reduce_runs(const T* x, const Runs<1>& runs, const OfRun& of_run, const Combine& combine, T total) {
  for (std::int64_t row = 0; row < runs.rows(); ++row)
    total = combine(total, of_run({x + runs.offset(0, row), runs.stride(0)}, runs.length()));
  return total;
}

template <class T, class OfRun, class Combine>
void reduce_each(const T* x, const Split& split, T* y, const OfRun& of_run, const Combine& combine, T start) {
  const Runs<1> runs(split.reduced, {split.reduced_strides});
  const Runs<1> outputs(split.kept, {split.kept_strides});
  const std::int64_t count = split.kept.elements(), each = split.reduced.elements();
  if (each == 0) return void(std::fill_n(y, count, start));
  if (count == 1 && runs.rows() == 1 && each > long_run) {  // one long sum: pieces in parallel, then their results
    const std::int64_t pieces = (each + long_run - 1) / long_run;
    SmallVector<T, 64> partial;
    for (std::int64_t i = 0; i < pieces; ++i) partial.push_back(start);
    parallel_chunks(pieces, [&](std::int64_t i) {
      const std::int64_t begin = i * long_run;
      partial[static_cast<std::size_t>(i)] =
          of_run({x + begin * runs.stride(0), runs.stride(0)}, std::min(long_run, each - begin));
    });
    *y = start;
    for (const T& value : partial) *y = combine(*y, value);
    return;
  }
  parallel(count, 0.2 * static_cast<double>(each) + 5, [&](Range part) {
    for (std::int64_t i = part.begin; i < part.end; ++i) {
      const std::int64_t row = i / outputs.length(), column = i % outputs.length();
      y[i] = reduce_runs(x + outputs.offset(0, row) + column * outputs.stride(0), runs, of_run, combine, start);
    }
  });
}

/// When the last axis stays, whole rows are added up: the gradient of a bias. Cut by columns, so that no two tasks
/// write one place.
template <class T>
void sum_rows(const T* x, const Split& split, T* y) {
  const std::int64_t width = split.kept[-1], outer = width > 0 ? split.kept.elements() / width : 0;
  const std::int64_t blocks = (width + columns_of_a_task - 1) / columns_of_a_task;
  const Runs<1> runs(split.reduced, {split.reduced_strides});
  Shape outer_shape = split.kept, outer_strides = split.kept_strides;
  outer_shape.erase(outer_shape.rank() - 1);
  outer_strides.erase(outer_strides.rank() - 1);
  const Shape ones = contiguous_strides(outer_shape);
  const auto add_rows = kernels::of<T>().sum_columns;
  const double cost = 0.1 * static_cast<double>(split.reduced.elements()) * columns_of_a_task;
  parallel(outer * blocks, cost, [&](Range part) {
    for (std::int64_t task = part.begin; task < part.end; ++task) {
      const std::int64_t row = task / blocks, first = task % blocks * columns_of_a_task;
      const std::int64_t columns = std::min(columns_of_a_task, width - first);
      std::int64_t offset = first;
      for (int axis = 0; axis < outer_shape.rank(); ++axis)
        offset += row / ones[axis] % outer_shape[axis] * outer_strides[axis];
      T* to = y + row * width + first;
      std::fill_n(to, columns, T{0});
      for (std::int64_t run = 0; run < runs.rows(); ++run) {
        const T* from = x + offset + runs.offset(0, run);
        for (std::int64_t begin = 0; begin < runs.length(); begin += rows_at_a_time) {
          T partial[columns_of_a_task] = {};
          add_rows({std::min(rows_at_a_time, runs.length() - begin), columns},
                   {from + begin * runs.stride(0), runs.stride(0)}, partial);
          for (std::int64_t i = 0; i < columns; ++i) to[i] = static_cast<T>(to[i] + partial[i]);
        }
      }
    }
  });
}

Shape without(const Shape& shape, unsigned axes, bool keep) {
  Shape rest;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (!(axes >> axis & 1u))
      rest.push_back(shape[axis]);
    else if (keep)
      rest.push_back(1);
  }
  return rest;
}

Tensor sum_over(const Tensor& x, unsigned axes, bool keep) {
  Tensor y = empty(without(x.shape(), axes, keep), x.dtype());
  with_number("sum", x.dtype(), [&]<class T>() {
    const Split split(x, axes);
    const bool last_axis_stays = split.kept.rank() > 0 && split.kept_strides[-1] == 1 && split.kept[-1] > 1;
    if (last_axis_stays && split.reduced.elements() > 0)
      sum_rows(read<T>(x), split, fill<T>(y));
    else
      reduce_each(
          read<T>(x), split, fill<T>(y), kernels::of<T>().sum, [](T a, T b) { return static_cast<T>(a + b); }, T{0});
  });
  return y;
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keep) {
  const unsigned over = axes_of("sum", x, axes);
  return differentiable("sum", {x}, sum_over(x, over, keep), [of = x.shape(), over](const Tensor& dy) {
    return Gradients{broadcast_to(reshape(dy, without(of, over, true)), of)};
  });
}

Tensor mean(const Tensor& x, const Axes& axes, bool keep) {
  if (!is_floating(x.dtype())) wrong_dtype("mean", x.dtype(), "float32 or float64");
  Tensor total = sum(x, axes, keep);
  const std::int64_t added = total.elements() == 0 ? 1 : x.elements() / total.elements();
  return total / static_cast<double>(added);
}

Tensor max(const Tensor& x, const Axes& axes, bool keep) {
  const unsigned over = axes_of("max", x, axes);
  Tensor y = empty(without(x.shape(), over, keep), x.dtype());
  if (x.elements() == 0 && y.elements() > 0)
    fail("max: x is {}, so there is no largest element along an axis of length 0", to_string(x.shape()));
  with_number("max", x.dtype(), [&]<class T>() {
    const auto of_run = kernels::of<T>().max;
    const Split split(x, over);
    if (split.kept.elements() == 0) return;
    const T start = *read<T>(x);  // any element that is not NaN or smaller than none
    reduce_each(
        read<T>(x), split, fill<T>(y), of_run,
        [of_run](T a, T b) {
          const T both[] = {a, b};
          return of_run({both, 1}, 2);
        },
        static_cast<T>(of_run({&start, 1}, 0)));
  });
  return differentiable("max", {x}, y, [x, y, over](const Tensor& dy) {
    const Shape kept = without(x.shape(), over, true);
    Tensor largest = cast(equal(x.detach(), reshape(y, kept).detach()), x.dtype());
    Tensor share = largest / sum_over(largest, over, true);
    return Gradients{reshape(dy, kept) * share};
  });
}

}  // namespace heed
