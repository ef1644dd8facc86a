#include "view.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <optional>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/size.h"
#include "../kernels/elementwise.h"
#include "../support/axes.h"
#include "../support/elementwise.h"
#include "../support/strided.h"
#include "axes.h"

namespace heed {
using namespace heed::detail;

namespace {

struct Part {
  int axis;
  std::int64_t begin, count, step;
};

/// Returns a view of a part, without history.
Tensor part_of(const Tensor& x, const Part& part) {
  Shape shape = x.shape(), strides = x.strides();
  const std::int64_t offset = part.count > 0 ? part.begin * strides[part.axis] : 0;
  shape[part.axis] = part.count;
  if (part.count > 1) strides[part.axis] *= part.step;  // the stride of a single element does not matter
  return strided_view(x, offset, shape, strides);
}

/// Slice with resolved ends.
Tensor take_part(const Tensor& x, const Part& part) {
  const std::int64_t length = x.shape()[part.axis];
  if (part.count == length && (part.step > 0 || length <= 1)) return x;
  return differentiable("slice", {x}, part_of(x, part), [whole = x.shape(), part](const Tensor& dy) {
    return Gradients{put_back("put_back", dy, whole, [part](const Tensor& y) { return take_part(y, part); })};
  });
}

/// Resolves the ends of a slice as in Python: negative ends count from the axis's end, and an empty end is the axis's,
/// in the direction of the step.
Part part_between(const char* op, const Tensor& x, int axis, std::optional<std::int64_t> begin,
                  std::optional<std::int64_t> end, std::int64_t step) {
  axis = axis_of(op, x, axis);
  if (step == 0) fail("{}: the step is 0, but it must be positive or negative", op);
  step = std::max(step, -std::numeric_limits<std::int64_t>::max());
  const std::int64_t length = x.shape()[axis];
  const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? length : length - 1;  // before the first, past the last
  const auto clamped = [&](std::int64_t i) { return std::clamp(i < 0 ? i + length : i, low, high); };
  const std::int64_t first = begin ? clamped(*begin) : step > 0 ? low : high;
  const std::int64_t last = end ? clamped(*end) : step > 0 ? high : low;
  const std::int64_t distance = step > 0 ? last - first : first - last, width = step > 0 ? step : -step;
  return {axis, first, distance > 0 ? (distance - 1) / width + 1 : 0, step};
}

Part part_at(const char* op, const Tensor& x, int axis, std::int64_t index) {
  axis = axis_of(op, x, axis);
  const std::int64_t length = x.shape()[axis], at = index < 0 ? index + length : index;
  if (at < 0 || at >= length)
    fail("{}: index {} is outside axis {} of x, which is {}", op, index, axis, to_string(x.shape()));
  return {axis, at, 1, 1};
}

void check_repeats_to(const char* op, const Tensor& values, const Shape& shape, const Tensor& x) {
  bool fits = values.rank() <= shape.rank();
  for (int i = 1; fits && i <= values.rank(); ++i) fits = values.shape()[-i] == shape[-i] || values.shape()[-i] == 1;
  if (!fits)
    fail("{}: x is {} and its part {}, but values is {}, which cannot be broadcast to that", op, to_string(x.shape()),
         to_string(shape), to_string(values.shape()));
}

/// Returns x with a part replaced by values, which broadcast to the part's shape.
Tensor replace(const char* op, const Tensor& x, const Tensor& values, const Part& part) {
  Shape shape = x.shape();
  shape[part.axis] = part.count;
  if (values.shape() != shape) return replace(op, x, broadcast_to(values, shape), part);
  Tensor y = empty(x.shape(), x.dtype());
  copy_elements(x, y);
  copy_elements(values, part_of(y, part));
  return differentiable(op, {x, values}, y, [op, part, shape](const Tensor& dy) {
    return Gradients{[&] { return replace(op, dy, zeros(shape, dy.dtype()), part); },
                     [&] { return take_part(dy, part); }};
  });
}

/// Returns the wanted shape with a length of -1 resolved.
Shape shape_of_all(const char* op, const Tensor& x, const Shape& wanted) {
  Shape shape = wanted;
  int open = -1;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] >= 0) continue;
    if (shape[axis] != -1 || open >= 0)
      fail("{}: the new shape {} must have lengths of at least 0, and at most one -1", op, to_string(wanted));
    open = axis;
    shape[axis] = 1;
  }
  if (open >= 0) {
    const std::int64_t known = shape.elements();
    shape[open] = known > 0 ? x.elements() / known : 0;
  }
  if (shape.elements() != x.elements())
    fail("{}: x is {}, {} elements, which do not fit {}", op, to_string(x.shape()), x.elements(), to_string(wanted));
  return shape;
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& wanted) {
  const Shape shape = shape_of_all("reshape", x, wanted);
  if (shape == x.shape()) return x;
  const auto strides = strides_for(x, shape);
  if (!strides) return reshape(contiguous(x), shape);
  return differentiable("reshape", {x}, strided_view(x, 0, shape, *strides),
                        [of = x.shape()](const Tensor& dy) { return Gradients{reshape(dy, of)}; });
}

Tensor view(const Tensor& x, const Shape& wanted) {
  const Shape shape = shape_of_all("view", x, wanted);
  if (!strides_for(x, shape))
    fail("view: x is {} with strides {}, which cannot be viewed as {} without a copy; use reshape",
         to_string(x.shape()), to_string(x.strides()), to_string(shape));
  return reshape(x, shape);
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
  return differentiable("permute", {x}, strided_view(x, 0, shape, strides),
                        [inverse](const Tensor& dy) { return Gradients{permute(dy, inverse)}; });
}

Tensor transpose(const Tensor& x, int a, int b) {
  const int first = axis_of("transpose", x, a), second = axis_of("transpose", x, b);
  Shape shape = x.shape(), strides = x.strides();
  std::swap(shape[first], shape[second]);
  std::swap(strides[first], strides[second]);
  return differentiable("transpose", {x}, strided_view(x, 0, shape, strides),
                        [first, second](const Tensor& dy) { return Gradients{transpose(dy, first, second)}; });
}

Tensor slice(const Tensor& x, int axis, std::optional<std::int64_t> begin, std::optional<std::int64_t> end,
             std::int64_t step) {
  return take_part(x, part_between("slice", x, axis, begin, end, step));
}

Tensor select(const Tensor& x, int axis, std::int64_t index) {
  const Part part = part_at("select", x, axis, index);
  Shape shape = x.shape();
  shape.erase(part.axis);
  return reshape(take_part(x, part), shape);
}

Tensor slice_scatter(const Tensor& x, const Tensor& values, int axis, std::optional<std::int64_t> begin,
                     std::optional<std::int64_t> end, std::int64_t step) {
  check_same_dtype("slice_scatter", "x", x, "values", values);
  const Part part = part_between("slice_scatter", x, axis, begin, end, step);
  Shape shape = x.shape();
  shape[part.axis] = part.count;
  check_repeats_to("slice_scatter", values, shape, x);
  return replace("slice_scatter", x, values, part);
}

Tensor select_scatter(const Tensor& x, const Tensor& values, int axis, std::int64_t index) {
  check_same_dtype("select_scatter", "x", x, "values", values);
  const Part part = part_at("select_scatter", x, axis, index);
  Shape shape = x.shape();
  shape.erase(part.axis);
  check_repeats_to("select_scatter", values, shape, x);
  Shape whole = shape;
  whole.insert(part.axis, 1);
  return replace("select_scatter", x, reshape(broadcast_to(values, shape), whole), part);
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  for (const std::int64_t length : shape)
    if (length < 0) fail("broadcast_to: the shape {} has a negative length", to_string(shape));
  if (broadcast("broadcast_to", "x", x.shape(), "the shape", shape) != shape)
    fail("broadcast_to: x is {}, which cannot be broadcast to {}", to_string(x.shape()), to_string(shape));
  return differentiable("broadcast_to", {x}, strided_view(x, 0, shape, broadcast_strides(x, shape)),
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
      fail("concat: tensor {} is {} {} and tensor 0 is {} {}, but dtypes must be equal, and shapes in all but axis {}",
           i, name(tensors[i].dtype()), to_string(tensors[i].shape()), name(first.dtype()), to_string(first.shape()),
           axis);
    shape[axis] = add_sizes("concat", shape[axis], tensors[i].shape()[axis], first);
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

namespace {

/// Returns true if To can represent the number after truncation.
template <class From, class To>
bool fits_integer(From x) {
  constexpr To most = std::numeric_limits<To>::max(), least = std::numeric_limits<To>::lowest();
  if constexpr (std::is_integral_v<From>) {
    return (x >= static_cast<From>(least)) & (x <= static_cast<From>(most));
  } else {
    using Float = std::conditional_t<std::is_same_v<From, double>, double, float>;
    // The smallest number whose integer part is `least`: only double has fractions there, for int32.
    constexpr bool has_fractions = std::is_same_v<From, double> && sizeof(To) == 4;
    constexpr Float lowest = has_fractions ? static_cast<Float>(-0x1p31 - 1 + 0x1p-21) : static_cast<Float>(least);
    const auto value = static_cast<Float>(x);
    return (value >= lowest) & (value < -static_cast<Float>(least));
  }
}

template <class From, class To>
void check_fits_integer(const Tensor& x) {
  const From* from = read<From>(x);
  const Runs<1> runs(x.shape(), {x.strides()});
  std::atomic<bool> all_fit{true};
  runs.each(0.5, [&](auto at, std::int64_t, std::int64_t n) {
    const From* v = from + at[0];
    unsigned misfits = 0;
    if (const std::int64_t stride = runs.stride(0); stride == 1) {
      for (std::int64_t i = 0; i < n; ++i) misfits |= static_cast<unsigned>(!fits_integer<From, To>(v[i]));
    } else {
      for (std::int64_t i = 0; i < n; ++i) misfits |= static_cast<unsigned>(!fits_integer<From, To>(v[i * stride]));
    }
    if (misfits != 0) all_fit.store(false, std::memory_order_relaxed);
  });
  if (all_fit) return;
  for (std::int64_t row = 0; row < runs.rows(); ++row)
    for (std::int64_t i = 0; i < runs.length(); ++i)
      if (const From found = from[runs.offset(0, row) + i * runs.stride(0)]; !fits_integer<From, To>(found))
        fail("cast: x is {} {} with an element {}, which is out of range for {}", name(x.dtype()), to_string(x.shape()),
             to_string(Number(found)), name(dtype_of<To>));
}

/// True if a From may be out of the range of To.
template <class From, class To>
constexpr bool may_not_fit = (std::is_same_v<To, std::int32_t> || std::is_same_v<To, std::int64_t>) &&
                             !std::is_same_v<From, bool> && !(std::is_integral_v<From> && sizeof(From) <= sizeof(To));

}  // namespace

Tensor cast(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  Tensor y = empty(x.shape(), dtype);
  with_any(x.dtype(), [&]<class From>() {
    with_any(dtype, [&]<class To>() {
      if constexpr (may_not_fit<From, To>) check_fits_integer<From, To>(x);
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
