// Internal: strided views and copies between layouts.
#pragma once

#include <optional>

#include "../../graph/create.h"
#include "../../graph/differentiable.h"

namespace heed::detail {

/// Returns a view of x's memory that starts `offset` elements after x's first, without history.
Tensor strided_view(const Tensor& x, std::int64_t offset, const Shape& shape, const Shape& strides);

/// Returns the strides that make `shape` a view of x, if there are any.
std::optional<Shape> strides_for(const Tensor& x, const Shape& shape);

/// Returns true if two elements may share memory. Such a tensor must not be written.
bool may_overlap(const Tensor& x);

/// Copies elements without history: same shape and dtype, any strides. `to` is a new output tensor of this op, or a
/// view of it.
void copy_elements(const Tensor& from, const Tensor& to);

/// Overwrites an existing tensor of any strides, without history. Registered as a write of the op. Throws Error if the
/// target's elements may overlap.
void overwrite_elements(const char* op, const Tensor& target, const Tensor& values);

/// Gradient of a view: zeros of the shape `whole`, with x in the elements that `take` selects. `take` is an op that
/// returns a view in which no element occurs twice; it is the gradient of this op.
template <class Take>
Tensor put_back(const char* op, const Tensor& x, const Shape& whole, const Take& take) {
  Tensor y = zeros(whole, x.dtype());
  copy_elements(x, no_grad([&] { return take(y); }));
  return differentiable(op, {x}, y, [take](const Tensor& dy) { return Gradients{take(dy)}; });
}

}  // namespace heed::detail
