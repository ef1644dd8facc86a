#include "gather.h"

#include <algorithm>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../math/arithmetic.h"
#include "../math/compare.h"
#include "../shape/axes.h"
#include "../shape/shape.h"
#include "../shape/view.h"
#include "../support/axes.h"
#include "../support/elementwise.h"
#include "../support/indices.h"
#include "../support/rounded_once.h"
#include "../support/strided.h"
#include "gather_rows.h"
#include "where.h"

namespace heed {
using namespace heed::detail;

namespace {

/// Checked indices of elements along one axis, in row-major order of `shape`.
struct Places {
  int axis;
  Shape shape;
  Tensor numbers;  // int64 [elements]
};

/// "but x has 5 elements along axis 1"
const char* elements_along(int axis) {
  static constexpr const char* names[Shape::max_rank] = {
      "elements along axis 0", "elements along axis 1", "elements along axis 2", "elements along axis 3",
      "elements along axis 4", "elements along axis 5", "elements along axis 6", "elements along axis 7"};
  return names[static_cast<unsigned>(axis) % Shape::max_rank];
}

Tensor numbers_along(const char* op, const Tensor& x, int axis, const Tensor& index) {
  return checked_indices(op, "index", index, x.shape()[axis], "x", elements_along(axis));
}

Places places_in(const char* op, const Tensor& x, int axis, const Tensor& index) {
  axis = axis_of(op, x, axis);
  bool fits = index.rank() == x.rank();
  for (int i = 0; fits && i < x.rank(); ++i) fits = i == axis || index.shape()[i] <= x.shape()[i];
  if (!fits)
    fail("{}: x is {} and index is {}, but it must have the rank of x, and at most the lengths of x in all but axis {}",
         op, to_string(x.shape()), to_string(index.shape()), axis);
  return {axis, index.shape(), numbers_along(op, x, axis, index)};
}

/// Returns the places of an index [n], repeated along the other axes.
Places places_of_axis(const char* op, const Tensor& x, int axis, const Tensor& index) {
  Shape shape = x.shape(), along = x.shape();
  for (int i = 0; i < along.rank(); ++i) along[i] = 1;
  shape[axis] = along[axis] = index.elements();
  const Tensor numbers = reshape(numbers_along(op, x, axis, index), along);
  return {axis, shape, reshape(contiguous(broadcast_to(numbers, shape)), {-1})};
}

Shape without(Shape shape, int axis) {
  shape.erase(axis);
  return shape;
}

Tensor copy_of(const Tensor& x) {
  Tensor y = empty(x.shape(), x.dtype());
  copy_elements(x, y);
  return y;
}

/// y[place] = combine(y[place], value), for each line along the axis in order. Each task has separate lines. The
/// elements of y are of type Y, the values of type T.
template <class T, class Y = T, class Combine>
void combine_into(const Tensor& y, const Places& places, const Tensor& values, const Combine& combine) {
  const int axis = places.axis;
  const Shape of_numbers = contiguous_strides(places.shape);
  const std::int64_t length = places.shape[axis], y_step = y.strides()[axis], number_step = of_numbers[axis],
                     value_step = values.strides()[axis];
  const std::int64_t* numbers = read<std::int64_t>(places.numbers);
  const T* from = read<T>(values);
  Y* to = fill<Y>(y);
  const Runs<3> runs(without(places.shape, axis),
                     {without(y.strides(), axis), without(of_numbers, axis), without(values.strides(), axis)});
  runs.each(2.0 * static_cast<double>(length), [&](auto at, std::int64_t, std::int64_t n) {
    for (std::int64_t j = 0; j < length; ++j)
      for (std::int64_t i = 0; i < n; ++i) {
        const std::int64_t number = numbers[at[1] + i * runs.stride(1) + j * number_step];
        Y& place = to[at[0] + i * runs.stride(0) + number * y_step];
        place = combine(place, from[at[2] + i * runs.stride(2) + j * value_step]);
      }
  });
}

Tensor add_at(const char* op, const Tensor& x, const Places& places, const Tensor& values);

Tensor gather_at(const char* op, const Tensor& x, const Places& places) {
  Tensor y = empty(places.shape, x.dtype());
  Shape strides = x.strides();
  const std::int64_t step = strides[places.axis];
  strides[places.axis] = 0;
  with_any(x.dtype(), [&]<class T>() {
    const std::int64_t* numbers = read<std::int64_t>(places.numbers);
    const T* from = read<T>(x);
    T* to = fill<T>(y);
    const Runs<1> runs(places.shape, {strides});
    runs.each(1.5, [&](auto at, std::int64_t out, std::int64_t n) {
      for (std::int64_t i = 0; i < n; ++i) to[out + i] = from[at[0] + i * runs.stride(0) + numbers[out + i] * step];
    });
  });
  return differentiable(op, {x}, y, [places, of = x.shape()](const Tensor& dy) {
    return Gradients{rounded_once(
        dy, [&](const Tensor& wide) { return add_at("scatter_add", zeros(of, wide.dtype()), places, wide); })};
  });
}

/// Returns x with the values added. A place may receive all values of a line: if these are many, floats are added in
/// double.
Tensor with_added(const char* op, const Tensor& x, const Places& places, const Tensor& values) {
  constexpr std::int64_t many = 256;
  NoGrad scope;
  if (x.dtype() == float32 && places.shape[places.axis] > many) {
    const Tensor sums = cast(x, float64);
    combine_into<float, double>(sums, places, values, [](double a, float b) { return a + static_cast<double>(b); });
    return cast(sums, float32);
  }
  Tensor y = copy_of(x);
  with_number(op, x.dtype(),
              [&]<class T>() { combine_into<T>(y, places, values, [](T a, T b) { return static_cast<T>(a + b); }); });
  return y;
}

Tensor add_at(const char* op, const Tensor& x, const Places& places, const Tensor& values) {
  Tensor y = with_added(op, x, places, values);
  return differentiable(op, {x, values}, y, [places](const Tensor& dy) {
    return Gradients{dy, [&] { return gather_at("gather", dy, places); }};
  });
}

/// Returns true for the last value written to each place: bool, of the places' shape.
Tensor stays(const Places& places, const Shape& whole) {
  NoGrad scope;
  const Tensor order = reshape(arange(places.shape.elements()), places.shape);
  const Tensor last = zeros(whole, int64);
  combine_into<std::int64_t>(last, places, order, [](std::int64_t, std::int64_t i) { return i; });
  return equal(gather_at("gather", last, places), order);
}

Tensor put_at(const char* op, const Tensor& x, const Places& places, const Tensor& values) {
  Tensor y = copy_of(x);
  with_any(x.dtype(), [&]<class T>() { combine_into<T>(y, places, values, [](T, T value) { return value; }); });
  return differentiable(op, {x, values}, y, [op, places, of = x.shape()](const Tensor& dy) {
    const Tensor none = zeros({}, dy.dtype());
    return Gradients{[&] { return put_at(op, dy, places, broadcast_to(none, places.shape)); },
                     [&] { return where(stays(places, of), gather_at("gather", dy, places), none); }};
  });
}

/// Scatters the maximum or minimum: a value replaces the element if it is better, or NaN.
template <class Better>
Tensor best_at(const Tensor& x, const Places& places, const Tensor& values, const Better& better) {
  Tensor y = copy_of(x);
  with_floating("scatter_reduce", x.dtype(), [&]<class T>() {
    combine_into<T>(y, places, values, [&](T a, T b) { return better(b, a) || b != b ? b : a; });
  });
  return differentiable("scatter_reduce", {x, values}, y, [x, values, y, places](const Tensor& dy) {
    const auto is_best = [&](const Tensor& a, const Tensor& b) {
      return cast(equal(a.detach(), b.detach()), dy.dtype());
    };
    const Tensor in_x = is_best(x, y), in_values = is_best(values, gather_at("gather", y.detach(), places));
    const Tensor share = dy / add_at("scatter_add", in_x, places, in_values);
    return Gradients{[&] { return share * in_x; }, [&] { return gather_at("gather", share, places) * in_values; }};
  });
}

void check_values(const char* op, const Tensor& x, const Tensor& values, const Shape& expected) {
  check_same_dtype(op, "x", x, "values", values);
  if (values.shape() != expected)
    fail("{}: x is {} and values is {}, but with this index values must be {}", op, to_string(x.shape()),
         to_string(values.shape()), to_string(expected));
}

/// Checks the index of index_select and similar ops. Returns the axis from 0.
int checked_axis(const char* op, const Tensor& x, int axis, const Tensor& index) {
  axis = axis_of(op, x, axis);
  if (index.rank() != 1) fail("{}: index is {}, but it must have one axis", op, to_string(index.shape()));
  return axis;
}

/// Returns the shape of x with another length along one axis.
Shape with_length(const Tensor& x, int axis, std::int64_t length) {
  Shape shape = x.shape();
  shape[axis] = length;
  return shape;
}

}  // namespace

Tensor gather(const Tensor& x, int axis, const Tensor& index) {
  return gather_at("gather", x, places_in("gather", x, axis, index));
}

Tensor take_along_axis(const Tensor& x, const Tensor& indices, int axis) {
  axis = axis_of("take_along_axis", x, axis);
  Shape of_x = x.shape(), of_indices = indices.shape();
  bool fits = of_x.rank() == of_indices.rank();
  for (int i = 0; fits && i < x.rank(); ++i) {
    if (i == axis) continue;
    fits = of_x[i] == of_indices[i] || of_x[i] == 1 || of_indices[i] == 1;
    of_x[i] = of_indices[i] = of_x[i] == 1 ? of_indices[i] : of_x[i];
  }
  if (!fits)
    fail(
        "take_along_axis: x is {} and indices is {}, but they must have the same rank, and the same length or length 1 "
        "in "
        "all but axis {}",
        to_string(x.shape()), to_string(indices.shape()), axis);
  const Tensor repeated = broadcast_to(x, of_x), index = broadcast_to(indices, of_indices);
  return gather_at("take_along_axis", repeated, places_in("take_along_axis", repeated, axis, index));
}

Tensor scatter(const Tensor& x, int axis, const Tensor& index, const Tensor& values) {
  check_values("scatter", x, values, index.shape());
  return put_at("scatter", x, places_in("scatter", x, axis, index), values);
}

Tensor scatter(const Tensor& x, int axis, const Tensor& index, Number value) {
  return scatter(x, axis, index, broadcast_to(detail::full_for("scatter", {}, value, x.dtype()), index.shape()));
}

Tensor scatter_add(const Tensor& x, int axis, const Tensor& index, const Tensor& values) {
  check_values("scatter_add", x, values, index.shape());
  return add_at("scatter_add", x, places_in("scatter_add", x, axis, index), values);
}

Tensor scatter_reduce(const Tensor& x, int axis, const Tensor& index, const Tensor& values, ScatterReduce reduce) {
  check_values("scatter_reduce", x, values, index.shape());
  if (!is_floating(x.dtype())) wrong_dtype("scatter_reduce", x.dtype(), "float32 or float64");
  const Places places = places_in("scatter_reduce", x, axis, index);
  switch (reduce) {
    case ScatterReduce::amax:
      return best_at(x, places, values, [](auto a, auto b) { return a > b; });
    case ScatterReduce::amin:
      return best_at(x, places, values, [](auto a, auto b) { return a < b; });
    case ScatterReduce::mean: {
      const Tensor one = ones({}, x.dtype());
      const Tensor counts =
          add_at("scatter_add", broadcast_to(one, x.shape()), places, broadcast_to(one, places.shape));
      return add_at("scatter_add", x, places, values) / counts;
    }
    case ScatterReduce::sum:
      break;
  }
  return add_at("scatter_reduce", x, places, values);
}

Tensor index_select(const Tensor& x, int axis, const Tensor& index) {
  axis = checked_axis("index_select", x, axis, index);
  const Tensor numbers = numbers_along("index_select", x, axis, index);
  if (axis == 0) return gather_rows(x, numbers);
  return moveaxis(gather_rows(moveaxis(x, axis, 0), numbers), 0, axis);
}

Tensor index_add(const Tensor& x, int axis, const Tensor& index, const Tensor& values) {
  axis = checked_axis("index_add", x, axis, index);
  check_values("index_add", x, values, with_length(x, axis, index.elements()));
  const Tensor numbers = numbers_along("index_add", x, axis, index);
  if (axis == 0) return index_add(x, numbers, values);
  return moveaxis(index_add(moveaxis(x, axis, 0), numbers, moveaxis(values, axis, 0)), 0, axis);
}

Tensor index_copy(const Tensor& x, int axis, const Tensor& index, const Tensor& values) {
  axis = checked_axis("index_copy", x, axis, index);
  check_values("index_copy", x, values, with_length(x, axis, index.elements()));
  return put_at("index_copy", x, places_of_axis("index_copy", x, axis, index), values);
}

Tensor take(const Tensor& x, const Tensor& indices) {
  const Tensor numbers = checked_indices("take", "index", indices, x.elements(), "x", "elements");
  return gather_rows(reshape(x, {-1}), reshape(numbers, indices.shape()));
}

Tensor put(const Tensor& x, const Tensor& indices, const Tensor& values, bool accumulate) {
  check_values("put", x, values, indices.shape());
  const Tensor numbers = checked_indices("put", "index", indices, x.elements(), "x", "elements");
  const Tensor all = reshape(x, {-1}), given = reshape(values, {-1});
  if (accumulate) return reshape(index_add(all, numbers, given), x.shape());
  return reshape(put_at("put", all, {0, numbers.shape(), numbers}, given), x.shape());
}

Tensor one_hot(const Tensor& indices, std::int64_t classes, DType dtype) {
  if (classes < 0) fail("one_hot: the number of classes is {}, but it must not be negative", classes);
  const Tensor numbers = checked_indices("one_hot", "index", indices, classes, "the result", "classes");
  Shape shape = indices.shape();
  shape.push_back(classes);
  Tensor y = zeros(shape, dtype);
  with_any(dtype, [&]<class T>() {
    const std::int64_t* number = read<std::int64_t>(numbers);
    T* to = fill<T>(y);
    for (std::int64_t i = 0; i < numbers.elements(); ++i) to[i * classes + number[i]] = T(1);
  });
  return y;
}

}  // namespace heed
