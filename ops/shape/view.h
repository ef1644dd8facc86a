// Views, slices, concatenation and casts. All but concat, contiguous, cast, slice_scatter and select_scatter return
// views where possible, without copying elements.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "../../graph/tensor.h"

namespace heed {

/// Returns the elements in row-major order in another shape; one length may be -1 and is inferred from the others. A
/// view if the strides allow it, else a copy.
Tensor reshape(const Tensor& x, const Shape& shape);

/// reshape as a view. Throws Error if the strides do not allow it.
Tensor view(const Tensor& x, const Shape& shape);

/// Swaps two axes, by default the last two, which transposes a matrix.
Tensor transpose(const Tensor& x, int a = -2, int b = -1);

/// Permutes axes: axis i of the result is axis order[i] of x.
Tensor permute(const Tensor& x, const Shape& order);

/// Slices one axis: the elements begin, begin + step, ... before end. Negative begin and end count from the axis's end,
/// and both are clamped to the axis, as in Python. An empty begin or end, {}, is the axis's, in the direction of the
/// step, which may be negative but not 0:  slice(x, 0, {}, {}, -1) is x in reverse, slice(x, 0, 5, {}, -1) starts at 5.
Tensor slice(const Tensor& x, int axis, std::optional<std::int64_t> begin, std::optional<std::int64_t> end,
             std::int64_t step = 1);

/// Selects element `index` along one axis, which is removed.
Tensor select(const Tensor& x, int axis, std::int64_t index);

/// A copy of x with slice(x, axis, begin, end, step) replaced by values, which have its shape or broadcast to it. The
/// recorded counterpart of assign(slice(x, ...), values): x and values have gradients.
Tensor slice_scatter(const Tensor& x, const Tensor& values, int axis, std::optional<std::int64_t> begin,
                     std::optional<std::int64_t> end, std::int64_t step = 1);

/// A copy of x with select(x, axis, index) replaced by values.
Tensor select_scatter(const Tensor& x, const Tensor& values, int axis, std::int64_t index);

/// Broadcasts x to a shape.
Tensor broadcast_to(const Tensor& x, const Shape& shape);

/// Returns a contiguous tensor in row-major order: x itself if it is one already, else a copy.
Tensor contiguous(const Tensor& x);

/// Concatenates tensors along one axis; they have the same dtype and the same lengths of all other axes.
Tensor concat(std::span<const Tensor> tensors, int axis = 0);
inline Tensor concat(const std::vector<Tensor>& tensors, int axis = 0) { return concat(std::span(tensors), axis); }
inline Tensor concat(std::initializer_list<Tensor> tensors, int axis = 0) {
  return concat(std::span(std::data(tensors), tensors.size()), axis);
}

/// Converts to another dtype. To a floating point dtype, values are rounded to nearest, and overflow to infinity; to an
/// integer dtype, fractions are truncated, and a value out of range or NaN is an Error; to bool, nonzero values (NaN
/// too) are true. The gradient is cast back.
Tensor cast(const Tensor& x, DType dtype);

}  // namespace heed
