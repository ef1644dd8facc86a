#include "view.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "../graph/create.h"
#include "../graph/fail.h"
#include "axes.h"
#include "elementwise.h"

namespace heed {
namespace {

/// The strides that make `shape` a view of x, if there are any.
std::optional<Shape> strides_for(const Tensor& x, const Shape& shape) {
  if (x.elements() == 0 || x.is_contiguous()) return contiguous_strides(shape);
  // Merge x's axes into blocks without gaps, then cut each block into axes of the new shape.
  Shape strides = shape;
  int to = shape.rank() - 1;
  for (int from = x.rank() - 1; from >= 0;) {
    std::int64_t length = x.shape()[from];
    const std::int64_t step = x.strides()[from];
    while (--from >= 0 && (x.shape()[from] == 1 || x.strides()[from] == step * length)) length *= x.shape()[from];
    std::int64_t taken = 1;
    while (to >= 0 && taken * shape[to] <= length && length % (taken * shape[to]) == 0) {
      strides[to] = step * taken;
      taken *= shape[to--];
    }
    if (taken != length) return std::nullopt;
  }
  while (to >= 0) strides[to--] = 1;
  return strides;
}

std::byte* address(const Tensor& x, std::int64_t offset) { return detail::body_of(x).data + offset * bytes(x.dtype()); }

void copy_elements(const Tensor& from, const Tensor& to) {
  with_any(from.dtype(), [&]<class T>() {
    const auto kernel = kernels::of<T>().copy;
    const T* source = read<T>(from);
    T* target = fill<T>(to);
    const Runs<2> runs(from.shape(), {from.strides(), to.strides()});
    runs.each(0.3, [&](auto at, std::int64_t, std::int64_t n) {
      kernel({source + at[0], runs.stride(0)}, {target + at[1], runs.stride(1)}, n);
    });
  });
}

struct Part {
  int axis;
  std::int64_t begin, count, step;
};

/// A view, without history.
Tensor part_of(const Tensor& x, const Part& part) {
  Shape shape = x.shape(), strides = x.strides();
  shape[part.axis] = part.count;
  strides[part.axis] *= part.step;
  return view_of(x, address(x, part.count > 0 ? part.begin * x.strides()[part.axis] : 0), shape, strides);
}

/// The gradient of taking a part: zeros of the whole shape, with x in the part's place.
Tensor put_back(const Tensor& x, const Shape& whole, const Part& part) {
  Tensor y = zeros(whole, x.dtype());
  copy_elements(x, part_of(y, part));
  return differentiable("put_back", {x}, y, [part](const Tensor& dy) {
    return Gradients{slice(dy, part.axis, part.begin, part.begin + part.count * part.step, part.step)};
  });
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& wanted) {
  Shape shape = wanted;
  std::int64_t known = 1;
  int open = -1;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] >= 0) {
      known *= shape[axis];
    } else if (shape[axis] == -1 && open < 0) {
      open = axis;
    } else {
      fail("reshape: the new shape {} must have lengths of at least 0, and at most one -1", to_string(wanted));
    }
  }
  if (open >= 0 && known > 0) shape[open] = x.elements() / known;
  if (open >= 0 && known == 0) shape[open] = 0;
  if (shape.elements() != x.elements())
    fail("reshape: x is {}, {} elements, which do not fit {}", to_string(x.shape()), x.elements(), to_string(wanted));
  if (shape == x.shape()) return x;
  const auto strides = strides_for(x, shape);
  if (!strides) return reshape(contiguous(x), shape);
  return differentiable("reshape", {x}, view_of(x, address(x, 0), shape, *strides),
                        [of = x.shape()](const Tensor& dy) { return Gradients{reshape(dy, of)}; });
}

Tensor permute(const Tensor& x, const Shape& order) {
  Shape inverse = order, shape = order, strides = order;
  bool ok = order.rank() == x.rank();
  unsigned seen = 0;
  for (int i = 0; ok && i < order.rank(); ++i) {
    const std::int64_t axis = order[i] < 0 ? order[i] + x.rank() : order[i];
    ok = axis >= 0 && axis < x.rank() && !(seen >> axis & 1u);
    if (!ok) break;
    seen |= 1u << axis;
    const int from = static_cast<int>(axis);
    inverse[from] = i;
    shape[i] = x.shape()[from];
    strides[i] = x.strides()[from];
  }
  if (!ok)
    fail("permute: the order {} must name each axis of x, which is {}, once", to_string(order), to_string(x.shape()));
  return differentiable("permute", {x}, view_of(x, address(x, 0), shape, strides),
                        [inverse](const Tensor& dy) { return Gradients{permute(dy, inverse)}; });
}

Tensor transpose(const Tensor& x, int a, int b) {
  const int first = axis_of("transpose", x, a), second = axis_of("transpose", x, b);
  Shape shape = x.shape(), strides = x.strides();
  std::swap(shape[first], shape[second]);
  std::swap(strides[first], strides[second]);
  return differentiable("transpose", {x}, view_of(x, address(x, 0), shape, strides),
                        [first, second](const Tensor& dy) { return Gradients{transpose(dy, first, second)}; });
}

Tensor slice(const Tensor& x, int axis, std::int64_t begin, std::int64_t end, std::int64_t step) {
  axis = axis_of("slice", x, axis);
  if (step < 1) fail("slice: the step is {}, but it must be positive", step);
  const std::int64_t length = x.shape()[axis];
  begin = std::clamp(begin < 0 ? begin + length : begin, std::int64_t{0}, length);
  end = std::clamp(end < 0 ? end + length : end, begin, length);
  const Part part{axis, begin, (end - begin + step - 1) / step, step};
  if (part.count == length) return x;
  return differentiable("slice", {x}, part_of(x, part),
                        [whole = x.shape(), part](const Tensor& dy) { return Gradients{put_back(dy, whole, part)}; });
}

Tensor select(const Tensor& x, int axis, std::int64_t index) {
  axis = axis_of("select", x, axis);
  const std::int64_t length = x.shape()[axis], at = index < 0 ? index + length : index;
  if (at < 0 || at >= length)
    fail("select: index {} is outside axis {} of x, which is {}", index, axis, to_string(x.shape()));
  Shape shape = x.shape();
  shape.erase(axis);
  return reshape(slice(x, axis, at, at + 1), shape);
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (broadcast("broadcast_to", "x", x.shape(), "the shape", shape) != shape)
    fail("broadcast_to: x is {}, which cannot be repeated to {}", to_string(x.shape()), to_string(shape));
  return differentiable("broadcast_to", {x}, view_of(x, address(x, 0), shape, broadcast_strides(x, shape)),
                        [of = x.shape()](const Tensor& dy) { return Gradients{sum_to(dy, of)}; });
}

Tensor contiguous(const Tensor& x) {
  if (x.is_contiguous()) return x;
  Tensor y = empty(x.shape(), x.dtype());
  copy_elements(x, y);
  return differentiable("contiguous", {x}, y, [](const Tensor& dy) { return Gradients{dy}; });
}

Tensor concat(std::span<const Tensor> tensors, int axis) {
  if (tensors.empty()) fail("concat: no tensors were given, but at least one is needed");
  const Tensor& first = tensors[0];
  axis = axis_of("concat", first, axis);
  Shape shape = first.shape();
  shape[axis] = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    Shape same = tensors[i].shape();
    if (same.rank() == shape.rank()) same[axis] = 0;
    Shape rest = shape;
    rest[axis] = 0;
    if (same != rest || tensors[i].dtype() != first.dtype())
      fail("concat: tensor {} is {} {} and tensor 0 is {} {}, but they must agree in all but axis {}", i,
           name(tensors[i].dtype()), to_string(tensors[i].shape()), name(first.dtype()), to_string(first.shape()),
           axis);
    shape[axis] += tensors[i].shape()[axis];
  }
  Tensor y = empty(shape, first.dtype());
  SmallVector<std::int64_t, 8> begins;
  std::int64_t begin = 0;
  for (const Tensor& tensor : tensors) {
    begins.push_back(begin);
    copy_elements(tensor, part_of(y, {axis, begin, tensor.shape()[axis], 1}));
    begin += tensor.shape()[axis];
  }
  begins.push_back(begin);
  return differentiable("concat", Inputs(tensors), y, [axis, begins = std::move(begins)](const Tensor& dy) {
    return Gradients::each(begins.size() - 1, [&](std::size_t i) { return slice(dy, axis, begins[i], begins[i + 1]); });
  });
}

Tensor cast(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  Tensor y = empty(x.shape(), dtype);
  with_any(x.dtype(), [&]<class From>() {
    with_any(dtype, [&]<class To>() {
      const From* from = read<From>(x);
      To* to = fill<To>(y);
      const Runs<1> runs(x.shape(), {x.strides()});
      runs.each(0.5, [&](auto at, std::int64_t out, std::int64_t n) {
        kernels::cast<From, To>({from + at[0], runs.stride(0)}, to + out, n);
      });
    });
  });
  if (!is_floating(dtype) && !is_stored_float(dtype)) return y;
  return differentiable("cast", {x}, y, [of = x.dtype()](const Tensor& dy) { return Gradients{cast(dy, of)}; });
}

}  // namespace heed
