// For the library's own ops: views by their strides, and elements moved from one layout to another.
#pragma once

#include <optional>

#include "../graph/create.h"
#include "../graph/differentiable.h"

namespace heed {

/// A view of x's memory that begins `offset` elements after x's first, without history.
Tensor strided_view(const Tensor& x, std::int64_t offset, const Shape& shape, const Shape& strides);

/// The strides that make `shape` a view of x, if there are any.
std::optional<Shape> strides_for(const Tensor& x, const Shape& shape);

/// Returns true if two elements may lie in one place: what is written to such a tensor is not what is read from it.
bool may_overlap(const Tensor& x);

/// to = from, without history: same shape and dtype, any strides. `to` is a tensor that this op has just made, or a
/// view of it.
void copy_elements(const Tensor& from, const Tensor& to);

/// target = values, without history: a tensor that existed before, of any strides. Counted as a write, under the name
/// of the op. Error if the target's elements may overlap.
void overwrite_elements(const char* op, const Tensor& target, const Tensor& values);

/// Elements in the place that a view takes them from: zeros of the whole shape, with x where `take` takes it. It is the
/// gradient of `take`, an op that returns a view in which no element occurs twice, and has `take` as its own.
template <class Take>
Tensor put_back(const char* op, const Tensor& x, const Shape& whole, const Take& take) {
  Tensor y = zeros(whole, x.dtype());
  copy_elements(x, no_grad([&] { return take(y); }));
  return differentiable(op, {x}, y, [take](const Tensor& dy) { return Gradients{take(dy)}; });
}

}  // namespace heed
