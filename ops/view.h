// Shapes without arithmetic. All but concat and contiguous return views where they can: no element is copied.
#pragma once

#include <span>
#include <vector>

#include "../graph/tensor.h"

namespace heed {

/// The elements in row-major order under another shape; one length may be -1, it follows from the others. A view if the
/// strides allow it, else a copy.
Tensor reshape(const Tensor& x, const Shape& shape);

/// Swaps two axes. Without arguments the last two: of a matrix the transposed one.
Tensor transpose(const Tensor& x, int a = -2, int b = -1);

/// Axis i of the result is axis order[i] of x.
Tensor permute(const Tensor& x, const Shape& order);

/// The elements begin, begin + step, ... before end along one axis. Negative begin and end count from the axis's end,
/// and both are cut to the axis, as in Python; step must be positive.
Tensor slice(const Tensor& x, int axis, std::int64_t begin, std::int64_t end, std::int64_t step = 1);

/// Element `index` along one axis, which the result does not have.
Tensor select(const Tensor& x, int axis, std::int64_t index);

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

/// The same values in another dtype; to bool, whether they are not 0. The gradient is cast back.
Tensor cast(const Tensor& x, DType dtype);

}  // namespace heed
