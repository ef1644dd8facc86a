#include "gather_rows.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../kernels/rows.h"
#include "../shape/view.h"
#include "../support/elementwise.h"
#include "../support/indices.h"
#include "../support/reduction.h"
#include "../support/rounded_once.h"
#include "../support/rows.h"

namespace heed {
using namespace heed::detail;

namespace {

template <class T>
using Vector = std::vector<T, arena::Allocator<T>>;

constexpr std::int64_t columns_of_a_task = 64;  // four cache lines of floats
constexpr std::int64_t narrow_width = 16;       // narrower rows take less time to add than to sort

/// Returns the shape of table[indices].
Shape gathered_shape(const Shape& table, const Shape& indices) {
  Shape shape = indices;
  for (int axis = 1; axis < table.rank(); ++axis) shape.push_back(table[axis]);
  return shape;
}

std::int64_t width_of(const Shape& table) {
  std::int64_t width = 1;
  for (int axis = 1; axis < table.rank(); ++axis) width *= table[axis];
  return width;
}

/// Returns the positions 0, 1, ... sorted by their indices, stable: a radix sort with digits of 8 bits.
Vector<std::int64_t> sorted_positions(std::span<const std::int64_t> indices, std::int64_t rows) {
  Vector<std::int64_t> order(indices.size()), sorted(indices.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  for (int shift = 0; shift < 63 && (rows - 1) >> shift > 0; shift += 8) {
    const auto digit = [&](std::int64_t position) {
      return static_cast<std::size_t>(indices[static_cast<std::size_t>(position)] >> shift & 255);
    };
    std::size_t begin[257] = {};
    for (const std::int64_t position : order) ++begin[digit(position) + 1];
    for (std::size_t i = 1; i < 256; ++i) begin[i] += begin[i - 1];
    for (const std::int64_t position : order) sorted[begin[digit(position)]++] = position;
    std::swap(order, sorted);
  }
  return order;
}

/// Returns true if a number from 0 to rows - 1 occurs more than `many` times.
bool occurs_often(const Tensor& index, std::int64_t rows, std::int64_t many) {
  if (index.elements() <= many) return false;
  if (index.elements() > many * rows) return true;
  Vector<std::int64_t> counts(static_cast<std::size_t>(rows));
  const auto numbers = index.data<std::int64_t>();
  return std::any_of(numbers.begin(), numbers.end(),
                     [&](std::int64_t i) { return ++counts[static_cast<std::size_t>(i)] > many; });
}

/// y[index[i]] += rows[i] in order, in one pass. If many rows have the same index, sums are kept in an Accumulator.
void add_narrow_rows(const Tensor& y, const Tensor& index, const Tensor& rows, std::int64_t width) {
  constexpr std::int64_t many = 256;
  with_number("index_add", y.dtype(), [&]<class T>() {
    const Tensor matrix = as_rows(rows, index.elements(), width);
    const auto input = read_rows<T>(matrix);
    const std::int64_t* indices = read<std::int64_t>(index);
    T* output = fill<T>(y);
    const auto add_to = [&]<class Sum>(Sum* sums) {
      for (std::int64_t i = 0; i < index.elements(); ++i) {
        const T* row = input[i];
        Sum* place = sums + indices[i] * width;
        for (std::int64_t j = 0; j < width; ++j) place[j] = static_cast<Sum>(place[j] + static_cast<Sum>(row[j]));
      }
    };
    if (!std::is_same_v<T, float> || !occurs_often(index, y.shape()[0], many)) return add_to(output);
    Vector<Accumulator<T>> sums(output, output + y.elements());
    add_to(sums.data());
    for (std::size_t i = 0; i < sums.size(); ++i) output[i] = static_cast<T>(sums[i]);
  });
}

/// y += x[index[0]] + x[index[1]] + ... in order; many rows are added in blocks, whose sums are added pairwise.
template <class T>
void add_run(const kernels::Rows<const T>& x, std::int64_t width, const std::int64_t* index, std::int64_t count, T* y) {
  constexpr std::int64_t block = 256;
  const auto add_rows = kernels::get<kernels::RowSumKernels<T>>().add_gathered_rows;
  if (count <= block) return add_rows({count, width}, x, index, y);
  for (std::int64_t first = 0; first < width; first += columns_of_a_task) {
    const std::int64_t columns = std::min(columns_of_a_task, width - first);
    PairwiseRows<T, columns_of_a_task> parts;
    for (std::int64_t begin = 0; begin < count; begin += block)
      add_rows({std::min(block, count - begin), columns}, {x.begin + first, x.stride}, index + begin, parts.next());
    const T* const all = parts.total();
    for (std::int64_t i = 0; i < columns; ++i) y[first + i] = static_cast<T>(y[first + i] + all[i]);
  }
}

/// y[index[i]] += rows[i] in order, for wide rows. The rows for one row of y are one run of the sorted positions, added
/// by one task, or, if there are few runs, by one task for each block of columns.
void add_wide_rows(const Tensor& y, const Tensor& index, const Tensor& rows, std::int64_t width) {
  const auto indices = index.data<std::int64_t>();
  const Vector<std::int64_t> order = sorted_positions(indices, y.shape()[0]);
  const auto row_of = [&](std::size_t i) { return indices[static_cast<std::size_t>(order[i])]; };
  Vector<std::size_t> begins;
  for (std::size_t i = 0; i < order.size(); ++i)
    if (i == 0 || row_of(i) != row_of(i - 1)) begins.push_back(i);
  const auto runs = static_cast<std::int64_t>(begins.size());
  begins.push_back(order.size());
  const std::int64_t columns = runs < 64 ? columns_of_a_task : width, blocks = (width + columns - 1) / columns;
  with_number("index_add", y.dtype(), [&]<class T>() {
    const Tensor matrix = as_rows(rows, index.elements(), width);
    const auto input = read_rows<T>(matrix);
    T* output = fill<T>(y);
    const double additions = static_cast<double>(order.size()) / static_cast<double>(runs);
    parallel(runs * blocks, 0.3 * additions * static_cast<double>(columns) + 10, [&](Range part) {
      for (std::int64_t task = part.begin; task < part.end; ++task) {
        const auto run = static_cast<std::size_t>(task / blocks);
        const std::int64_t first = task % blocks * columns;
        add_run<T>({input.begin + first, input.stride}, std::min(columns, width - first), order.data() + begins[run],
                   static_cast<std::int64_t>(begins[run + 1] - begins[run]),
                   output + row_of(begins[run]) * width + first);
      }
    });
  });
}

/// y[index[i]] += rows[i] in order, for any number of threads.
void add_rows(const Tensor& y, const Tensor& index, const Tensor& rows) {
  const std::int64_t width = width_of(y.shape());
  if (index.elements() == 0 || width == 0) return;
  (width <= narrow_width ? add_narrow_rows : add_wide_rows)(y, index, rows, width);
}

Tensor gather(const char* op, const Tensor& table, const Tensor& index, const Shape& shape);

/// Returns zeros of a shape with rows added: the gradient of gather.
Tensor scatter(const Shape& shape, const Tensor& index, const Tensor& rows) {
  Tensor y = zeros(shape, rows.dtype());
  add_rows(y, index, rows);
  return differentiable("scatter_rows", {rows}, y, [index, of = rows.shape()](const Tensor& dy) {
    return Gradients{gather("gather_rows", dy, index, of)};
  });
}

/// Gathers rows. `index` is the result of checked_indices.
Tensor gather(const char* op, const Tensor& table, const Tensor& index, const Shape& shape) {
  Tensor y = empty(shape, table.dtype());
  const std::int64_t width = width_of(table.shape());
  const Tensor matrix = as_rows(table, table.shape()[0], width);
  with_any(table.dtype(), [&]<class T>() {
    const auto input = read_rows<T>(matrix);
    const std::int64_t* indices = read<std::int64_t>(index);
    T* output = fill<T>(y);
    parallel(index.elements(), 0.2 * static_cast<double>(width) + 5, [&](Range part) {
      kernels::get<kernels::RowKernels<T>>().gather_rows({part.size(), width}, input, indices + part.begin,
                                                         {output + part.begin * width, width});
    });
  });
  return differentiable(op, {table}, y, [of = table.shape(), index](const Tensor& dy) {
    return Gradients{rounded_once(dy, [&](const Tensor& wide) { return scatter(of, index, wide); })};
  });
}

Tensor gather_checked(const char* op, const Tensor& table, const Tensor& indices) {
  if (table.rank() == 0) fail("{}: the table is [], but it must have an axis of rows", op);
  const Tensor index = checked_indices(op, "index", indices, table.shape()[0], "the table", "rows");
  return gather(op, table, index, gathered_shape(table.shape(), indices.shape()));
}

}  // namespace

Tensor gather_rows(const Tensor& table, const Tensor& indices) { return gather_checked("gather_rows", table, indices); }

Tensor embedding(const Tensor& table, const Tensor& indices) {
  if (table.rank() != 2)
    fail("embedding: the table is {}, but it must be [vocabulary, width]", to_string(table.shape()));
  return gather_checked("embedding", table, indices);
}

Tensor index_add(const Tensor& x, const Tensor& indices, const Tensor& rows) {
  check_same_dtype("index_add", "x", x, "rows", rows);
  if (x.rank() == 0) fail("index_add: x is [], but it must have an axis of rows");
  if (const Shape expected = gathered_shape(x.shape(), indices.shape()); rows.shape() != expected)
    fail("index_add: x is {} and indices {}, so rows must be {}, but they are {}", to_string(x.shape()),
         to_string(indices.shape()), to_string(expected), to_string(rows.shape()));
  const Tensor index = checked_indices("index_add", "index", indices, x.shape()[0], "x", "rows");
  Tensor y = concat({x.detach()});  // a copy
  add_rows(y, index, rows);
  return differentiable("index_add", {x, rows}, y, [index, of = rows.shape()](const Tensor& dy) {
    return Gradients{dy, [&] { return gather("gather_rows", dy, index, of); }};
  });
}

}  // namespace heed
