// Shapes without arithmetic. All but concat, contiguous, cast, slice_scatter and select_scatter return views where they
// can: no element is copied.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "../graph/tensor.h"

namespace heed {

/// The elements in row-major order under another shape; one length may be -1, it follows from the others. A view if the
/// strides allow it, else a copy.
Tensor reshape(const Tensor& x, const Shape& shape);

/// The same, but never a copy: Error if there are no strides for it.
Tensor view(const Tensor& x, const Shape& shape);

/// Swaps two axes. Without arguments the last two: of a matrix the transposed one.
Tensor transpose(const Tensor& x, int a = -2, int b = -1);

/// Axis i of the result is axis order[i] of x.
Tensor permute(const Tensor& x, const Shape& order);

/// The elements begin, begin + step, ... before end along one axis. Negative begin and end count from the axis's end,
/// and both are cut to the axis, as in Python. An end that is left out, {}, is the axis's, in the direction of the
/// step, which may be negative but not 0:  slice(x, 0, {}, {}, -1) is x in reverse, slice(x, 0, 5, {}, -1) begins at 5.
Tensor slice(const Tensor& x, int axis, std::optional<std::int64_t> begin, std::optional<std::int64_t> end,
             std::int64_t step = 1);

/// Element `index` along one axis, which the result does not have.
Tensor select(const Tensor& x, int axis, std::int64_t index);

/// A copy of x with slice(x, axis, begin, end, step) replaced by values, which have its shape or broadcast to it. The
/// recorded counterpart of assign(slice(x, ...), values): x and values have gradients.
Tensor slice_scatter(const Tensor& x, const Tensor& values, int axis, std::optional<std::int64_t> begin,
                     std::optional<std::int64_t> end, std::int64_t step = 1);

/// A copy of x with select(x, axis, index) replaced by values.
Tensor select_scatter(const Tensor& x, const Tensor& values, int axis, std::int64_t index);

/// x repeated to a shape that it broadcasts to.
Tensor broadcast_to(const Tensor& x, const Shape& shape);

/// The same values without gaps in row-major order: x itself if it is so already.
Tensor contiguous(const Tensor& x);

/// Tensors side by side along one axis; they agree in all others, and in dtype.
Tensor concat(std::span<const Tensor> tensors, int axis = 0);
inline Tensor concat(const std::vector<Tensor>& tensors, int axis = 0) { return concat(std::span(tensors), axis); }
inline Tensor concat(std::initializer_list<Tensor> tensors, int axis = 0) {
  return concat(std::span(std::data(tensors), tensors.size()), axis);
}

/// The same values in another dtype. To a floating point dtype they are rounded to nearest, and infinite where too
/// large for it; to an integer dtype a fraction is cut off, and a value that does not fit, as NaN, is an Error; to
/// bool, whether they are not 0 (NaN is not). The gradient is cast back.
Tensor cast(const Tensor& x, DType dtype);

}  // namespace heed
