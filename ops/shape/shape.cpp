#include "shape.h"

#include <algorithm>

#include "../../graph/fail.h"
#include "../../graph/support/size.h"
#include "../index/gather.h"
#include "../support/axes.h"
#include "../support/elementwise.h"
#include "../support/strided.h"
#include "view.h"

namespace heed {
using namespace heed::detail;

namespace {

/// Product of the lengths of the axes [begin, end).
std::int64_t product(const Shape& shape, int begin, int end) {
  std::int64_t elements = 1;
  for (int axis = begin; axis < end; ++axis) elements *= shape[axis];
  return elements;
}

/// Returns an axis of the result, which has one more axis than x, from 0.
int new_axis_of(const char* op, const Tensor& x, int axis) {
  const int rank = x.rank() + 1, from_first = axis < 0 ? axis + rank : axis;
  if (from_first < 0 || from_first >= rank)
    fail("{}: the new axis {} was given, but x is {}, so it must be from {} to {}", op, axis, to_string(x.shape()),
         -rank, rank - 1);
  return from_first;
}

/// Splits x into views of the lengths, whose sum is the axis's: one op with several results.
std::vector<Tensor> split_into(const Tensor& x, const std::vector<std::int64_t>& lengths, int axis) {
  std::vector<Tensor> parts;
  Shape shape = x.shape();
  std::int64_t begin = 0;
  for (const std::int64_t length : lengths) {
    shape[axis] = length;
    parts.push_back(strided_view(x, length > 0 ? begin * x.strides()[axis] : 0, shape, x.strides()));
    begin += length;
  }
  return differentiable("split", {x}, parts,
                        [axis, lengths, shape, dtype = x.dtype()](std::span<const Tensor> gradients) {
                          std::vector<Tensor> all(gradients.begin(), gradients.end());
                          for (std::size_t i = 0; i < all.size(); ++i) {
                            if (all[i]) continue;
                            Shape of_part = shape;
                            of_part[axis] = lengths[i];
                            all[i] = zeros(of_part, dtype);
                          }
                          return Gradients{concat(all, axis)};
                        });
}

/// Repeats each block of `width` contiguous elements n times, in the given shape.
Tensor repeat_blocks(const Tensor& x, std::int64_t width, std::int64_t n, const Shape& shape) {
  const std::int64_t blocks = width > 0 ? x.elements() / width : 0;
  return reshape(broadcast_to(reshape(x, {blocks, 1, width}), {blocks, n, width}), shape);
}

}  // namespace

Tensor flatten(const Tensor& x, int first, int last) {
  if (x.rank() == 0) {
    for (const int axis : {first, last})
      if (axis != 0 && axis != -1) axis_of("flatten", x, axis);  // throws
    return reshape(x, {1});
  }
  first = axis_of("flatten", x, first);
  last = axis_of("flatten", x, last);
  if (first > last)
    fail("flatten: the axes from {} to {} of x, which is {}, were given, but the first must not come after the last",
         first, last, to_string(x.shape()));
  Shape shape;
  for (int axis = 0; axis < x.rank(); ++axis)
    if (axis <= first || axis > last) shape.push_back(x.shape()[axis]);
  shape[first] = product(x.shape(), first, last + 1);
  return reshape(x, shape);
}

Tensor unflatten(const Tensor& x, int axis, const Shape& lengths) {
  axis = axis_of("unflatten", x, axis);
  const std::int64_t length = x.shape()[axis];
  int open = -1, opens = 0;
  Shape cut = lengths;
  for (int i = 0; i < lengths.rank(); ++i) {
    if (lengths[i] != -1) continue;
    open = i;
    ++opens;
    cut[i] = 1;
  }
  const std::int64_t known = cut.elements();
  if (open >= 0) cut[open] = known > 0 ? length / known : 0;
  if (opens > 1 || std::any_of(cut.begin(), cut.end(), [](auto l) { return l < 0; }) || cut.elements() != length)
    fail("unflatten: axis {} of x, which is {}, has length {}, which cannot be split into {}", axis,
         to_string(x.shape()), length, to_string(lengths));
  Shape shape;
  for (int i = 0; i < axis; ++i) shape.push_back(x.shape()[i]);
  for (const std::int64_t l : cut) shape.push_back(l);
  for (int i = axis + 1; i < x.rank(); ++i) shape.push_back(x.shape()[i]);
  return reshape(x, shape);
}

Tensor squeeze(const Tensor& x, const Axes& axes) {
  const unsigned chosen = axes_of("squeeze", x, axes);
  Shape shape;
  for (int axis = 0; axis < x.rank(); ++axis) {
    const std::int64_t length = x.shape()[axis];
    if (!(chosen >> axis & 1u) || (axes.empty() && length != 1)) {
      shape.push_back(length);
    } else if (length != 1) {
      fail("squeeze: axis {} of x, which is {}, has length {}, but only axes of length 1 can be removed", axis,
           to_string(x.shape()), length);
    }
  }
  return reshape(x, shape);
}

Tensor unsqueeze(const Tensor& x, int axis) {
  axis = new_axis_of("unsqueeze", x, axis);
  Shape shape = x.shape();
  shape.insert(axis, 1);
  return reshape(x, shape);
}

Tensor expand(const Tensor& x, const Shape& wanted) {
  Shape shape = wanted;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    const int of_x = axis - (shape.rank() - x.rank());
    if (shape[axis] == -1 && of_x >= 0) shape[axis] = x.shape()[of_x];
    if (shape[axis] < 0 || (of_x >= 0 && x.shape()[of_x] != 1 && x.shape()[of_x] != shape[axis]))
      fail("expand: x is {}, which cannot be broadcast to {}", to_string(x.shape()), to_string(wanted));
  }
  if (shape.rank() < x.rank())
    fail("expand: x is {}, which cannot be broadcast to {}", to_string(x.shape()), to_string(wanted));
  return broadcast_to(x, shape);
}

Tensor moveaxis(const Tensor& x, const Axes& from, const Axes& to) {
  const std::size_t count = from.size();
  if (count != to.size() || count == 0)
    fail("moveaxis: {} axes and {} destinations were given, but each axis needs one destination", count, to.size());
  const unsigned moved = axes_of("moveaxis", x, from);
  axes_of("moveaxis", x, to);
  Shape order = x.shape();
  for (int i = 0; i < order.rank(); ++i) order[i] = -1;
  for (std::size_t i = 0; i < count; ++i)
    order[axis_of("moveaxis", x, to.begin()[i])] = axis_of("moveaxis", x, from.begin()[i]);
  int next = 0;
  for (int i = 0; i < order.rank(); ++i) {
    if (order[i] >= 0) continue;
    while (moved >> next & 1u) ++next;
    order[i] = next++;
  }
  return permute(x, order);
}

Tensor swapaxes(const Tensor& x, int a, int b) { return transpose(x, a, b); }

Tensor flip(const Tensor& x, const Axes& axes) {
  const unsigned chosen = axes_of("flip", x, axes);
  Shape strides = x.strides();
  std::int64_t offset = 0;
  for (int axis = 0; axis < x.rank(); ++axis) {
    if (!(chosen >> axis & 1u)) continue;
    if (x.elements() > 0) offset += (x.shape()[axis] - 1) * strides[axis];
    strides[axis] = -strides[axis];
  }
  return differentiable("flip", {x}, strided_view(x, offset, x.shape(), strides),
                        [axes](const Tensor& dy) { return Gradients{flip(dy, axes)}; });
}

Tensor roll(const Tensor& x, std::int64_t shift, int axis) {
  axis = axis_of("roll", x, axis);
  const std::int64_t length = x.shape()[axis];
  shift = length > 0 ? (shift % length + length) % length : 0;
  if (shift == 0) return x;
  Tensor y =
      no_grad([&] { return concat({slice(x, axis, length - shift, {}), slice(x, axis, 0, length - shift)}, axis); });
  return differentiable("roll", {x}, y, [shift, axis](const Tensor& dy) { return Gradients{roll(dy, -shift, axis)}; });
}

Tensor roll(const Tensor& x, const Shape& shifts, const Axes& axes) {
  if (static_cast<std::size_t>(shifts.rank()) != axes.size())
    fail("roll: {} shifts and {} axes were given, but there must be one for each", shifts.rank(), axes.size());
  if (!axes.empty()) axes_of("roll", x, axes);
  Tensor y = x;
  for (int i = 0; i < shifts.rank(); ++i) y = roll(y, shifts[i], static_cast<int>(axes.begin()[i]));
  return y;
}

Tensor stack(std::span<const Tensor> tensors, int axis) {
  if (tensors.empty()) fail("stack: no tensors were given, but at least one is needed");
  const Tensor& first = tensors[0];
  axis = new_axis_of("stack", first, axis);
  std::vector<Tensor> with_axis;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].shape() != first.shape() || tensors[i].dtype() != first.dtype())
      fail("stack: tensor {} is {} {} and tensor 0 is {} {}, but all must have the same shape and dtype", i,
           name(tensors[i].dtype()), to_string(tensors[i].shape()), name(first.dtype()), to_string(first.shape()));
    with_axis.push_back(unsqueeze(tensors[i], axis));
  }
  return concat(with_axis, axis);
}

std::vector<Tensor> split(const Tensor& x, std::int64_t length, int axis) {
  axis = axis_of("split", x, axis);
  if (length < 0 || (length == 0 && x.shape()[axis] != 0))
    fail("split: the length is {}, but it must be positive", length);
  if (length > 0) vector_length("split", x.shape()[axis] / length, sizeof(detail::TensorBody));
  std::vector<std::int64_t> lengths;
  for (std::int64_t left = x.shape()[axis]; left > 0; left -= length) lengths.push_back(std::min(left, length));
  if (lengths.empty()) lengths.push_back(0);
  return split_into(x, lengths, axis);
}

std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& lengths, int axis) {
  axis = axis_of("split", x, axis);
  std::int64_t total = 0;
  for (const std::int64_t length : lengths) {
    if (length < 0) fail("split: a length is {}, but none must be negative", length);
    total = add_sizes("split", total, length, x);
  }
  if (total != x.shape()[axis])
    fail("split: the lengths add up to {}, but axis {} of x, which is {}, has length {}", total, axis,
         to_string(x.shape()), x.shape()[axis]);
  return split_into(x, lengths, axis);
}

std::vector<Tensor> chunk(const Tensor& x, std::int64_t count, int axis) {
  axis = axis_of("chunk", x, axis);
  if (count < 1) fail("chunk: {} chunks were asked for, but there must be at least one", count);
  const std::int64_t whole = x.shape()[axis], length = whole / count + (whole % count != 0 ? 1 : 0);
  if (length == 0)
    return split(x, std::vector<std::int64_t>(vector_length("chunk", count, sizeof(detail::TensorBody)), 0), axis);
  return split(x, length, axis);
}

Tensor tile(const Tensor& x, const Shape& repeats) {
  if (std::any_of(repeats.begin(), repeats.end(), [](auto n) { return n < 0; }))
    fail("tile: the repeats are {}, but none must be negative", to_string(repeats));
  Shape shape = x.shape(), times = repeats;
  while (shape.rank() < times.rank()) shape.insert(0, 1);
  while (times.rank() < shape.rank()) times.insert(0, 1);
  Tensor y = reshape(x, shape);
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    if (times[axis] == 1) continue;
    const std::int64_t width = product(shape, axis, shape.rank());
    shape[axis] = multiply_sizes("tile", shape[axis], times[axis], x);
    y = repeat_blocks(y, width, times[axis], shape);
  }
  return y;
}

Tensor repeat_interleave(const Tensor& x, std::int64_t repeats, int axis) {
  axis = axis_of("repeat_interleave", x, axis);
  if (repeats < 0) fail("repeat_interleave: the number of repeats is {}, but it must not be negative", repeats);
  Shape shape = x.shape();
  shape[axis] = multiply_sizes("repeat_interleave", shape[axis], repeats, x);
  return repeat_blocks(x, product(x.shape(), axis + 1, x.rank()), repeats, shape);
}

Tensor repeat_interleave(const Tensor& x, const Tensor& repeats, int axis) {
  axis = axis_of("repeat_interleave", x, axis);
  const std::int64_t length = x.shape()[axis];
  if (repeats.shape() != Shape{length} || (repeats.dtype() != int64 && repeats.dtype() != int32))
    fail("repeat_interleave: repeats is {} {}, but axis {} of x, which is {}, needs int64 or int32 [{}]",
         name(repeats.dtype()), to_string(repeats.shape()), axis, to_string(x.shape()), length);
  const auto times = cast(repeats, int64).to_vector<std::int64_t>();
  std::int64_t total = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (times[i] < 0)
      fail("repeat_interleave: the number of repeats at [{}] is {}, but it must not be negative", i, times[i]);
    total = add_sizes("repeat_interleave", total, times[i], x);
  }
  Tensor index = empty({total}, int64);
  std::int64_t* next = fill<std::int64_t>(index);
  for (std::size_t i = 0; i < times.size(); ++i) next = std::fill_n(next, times[i], static_cast<std::int64_t>(i));
  return index_select(x, axis, index);
}

}  // namespace heed
