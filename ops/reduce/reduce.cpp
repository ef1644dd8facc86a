#include "reduce.h"

#include <algorithm>

#include "../../graph/create.h"
#include "../kernels/reduce.h"
#include "../math/arithmetic.h"
#include "../shape/view.h"
#include "../support/axes.h"
#include "../support/reduction.h"
#include "scan.h"

namespace heed {
using namespace heed::detail;

namespace {

constexpr std::int64_t rows_at_a_time = 256;    // rows per partial sum: better rounding than one long chain
constexpr std::int64_t columns_of_a_task = 64;  // four cache lines of floats

/// Sums whole rows if the last axis is kept, as in the gradient of a bias. Cut by columns, so that no two tasks write
/// to the same place.
template <class T>
void sum_rows(const T* x, const Split& split, T* y) {
  const std::int64_t width = split.kept[-1], outer = width > 0 ? split.kept.elements() / width : 0;
  const std::int64_t blocks = (width + columns_of_a_task - 1) / columns_of_a_task;
  const Runs<1> runs(split.reduced, {split.reduced_strides});
  Shape outer_shape = split.kept, outer_strides = split.kept_strides;
  outer_shape.erase(outer_shape.rank() - 1);
  outer_strides.erase(outer_strides.rank() - 1);
  const Shape ones = contiguous_strides(outer_shape);
  const auto add_rows = kernels::get<kernels::ReduceKernels<T>>().sum_columns;
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
      if (runs.rows() == 1 && runs.length() <= rows_at_a_time) {
        add_rows({runs.length(), columns}, {x + offset + runs.offset(0, 0), runs.stride(0)}, to);
        continue;
      }
      PairwiseRows<T, columns_of_a_task> parts;
      for (std::int64_t run = 0; run < runs.rows(); ++run) {
        const T* from = x + offset + runs.offset(0, run);
        for (std::int64_t begin = 0; begin < runs.length(); begin += rows_at_a_time)
          add_rows({std::min(rows_at_a_time, runs.length() - begin), columns},
                   {from + begin * runs.stride(0), runs.stride(0)}, parts.next());
      }
      std::copy_n(parts.total(), columns, to);
    }
  });
}

Tensor sum_over(const Tensor& x, unsigned axes, bool keepdims) {
  Tensor y = empty(reduced_shape(x.shape(), axes, keepdims), x.dtype());
  with_number("sum", x.dtype(), [&]<class T>() {
    const Split split(x, axes);
    const bool keeps_last_axis = split.kept.rank() > 0 && split.kept_strides[-1] == 1 && split.kept[-1] > 1;
    if (keeps_last_axis && split.reduced.elements() > 0)
      sum_rows(read<T>(x), split, fill<T>(y));
    else
      reduce_each(
          read<T>(x), split, fill<T>(y), kernels::get<kernels::ReduceKernels<T>>().sum,
          [](T a, T b) { return static_cast<T>(a + b); }, T{0});
  });
  return y;
}

/// Sets means of equal elements to exactly their value, as the sum and the quotient are rounded.
template <class T>
void settle_constants(const T* x, const Split& split, T* means) {
  const Runs<1> runs(split.reduced, {split.reduced_strides});
  const Runs<1> outputs(split.kept, {split.kept_strides});
  parallel(split.kept.elements(), 3, [&](Range part) {
    for (std::int64_t i = part.begin; i < part.end; ++i) {
      const T* first = x + outputs.offset(0, i / outputs.length()) + i % outputs.length() * outputs.stride(0);
      bool same = true;
      for (std::int64_t row = 0; same && row < runs.rows(); ++row) {
        const T* run = first + runs.offset(0, row);
        for (std::int64_t k = 0; same && k < runs.length(); ++k) same = run[k * runs.stride(0)] == *first;
      }
      if (same) means[i] = *first;
    }
  });
}

}  // namespace

Tensor sum(const Tensor& x, const Axes& axes, bool keepdims) {
  if (x.dtype() == boolean || x.dtype() == int32) return sum(cast(x, int64), axes, keepdims);
  const unsigned over = axes_of("sum", x, axes);
  return differentiable("sum", {x}, sum_over(x, over, keepdims), [of = x.shape(), over](const Tensor& dy) {
    return Gradients{broadcast_to(reshape(dy, reduced_shape(of, over, true)), of)};
  });
}

Tensor mean(const Tensor& x, const Axes& axes, bool keepdims) {
  if (!is_floating(x.dtype())) wrong_dtype("mean", x.dtype(), "float32 or float64");
  Tensor total = sum(x, axes, keepdims);
  const std::int64_t added = total.elements() == 0 ? 1 : x.elements() / total.elements();
  Tensor y = total / static_cast<double>(added);
  if (added <= 1 || x.elements() == 0) return y;
  with_floating("mean", x.dtype(),
                [&]<class T>() { settle_constants(read<T>(x), Split(x, axes_of("mean", x, axes)), fill<T>(y)); });
  return y;
}

Tensor prod(const Tensor& x, const Axes& axes, bool keepdims) {
  if (x.dtype() == boolean || x.dtype() == int32) return prod(cast(x, int64), axes, keepdims);
  const unsigned over = axes_of("prod", x, axes);
  if (over != 0 && over != 1u << (x.rank() - 1))
    return reshape(prod(axes_to_last(x, over), -1), reduced_shape(x.shape(), over, keepdims));
  if (over == 0) return x;
  Tensor y = empty(reduced_shape(x.shape(), over, keepdims), x.dtype());
  with_number("prod", x.dtype(), [&]<class T>() {
    using Product = Accumulator<T>;
    const auto of_run = [](kernels::Run<const T> run, std::int64_t n) {
      Product product = 1;
      for (std::int64_t i = 0; i < n; ++i) product *= static_cast<Product>(run.begin[i * run.stride]);
      return static_cast<T>(product);
    };
    const auto combine = [](T a, T b) { return static_cast<T>(static_cast<Product>(a) * static_cast<Product>(b)); };
    reduce_each(read<T>(x), Split(x, over), fill<T>(y), of_run, combine, T{1});
  });
  return differentiable("prod", {x}, y, [x, over](const Tensor& dy) {
    // The product of the others is that of those before times that of those after: no division, so zeros are fine.
    const Tensor before = shift(cumprod(x, -1), -1, 1, 1), after = shift(cumprod(x, -1, true), -1, -1, 1);
    return Gradients{reshape(dy, reduced_shape(x.shape(), over, true)) * before * after};
  });
}

}  // namespace heed
