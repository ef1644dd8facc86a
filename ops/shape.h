// More of shapes: axes joined, split, added, dropped, moved and turned around; tensors cut up, put together, repeated.
#pragma once

#include <span>
#include <vector>

#include "axes.h"

namespace heed {

/// The axes from `first` to `last` as one; a tensor without axes becomes [1]. A view where reshape gives one.
Tensor flatten(const Tensor& x, int first = 0, int last = -1);

/// One axis as several of the given lengths, of which one may be -1:  unflatten(x, 1, {heads, -1}).  A view.
Tensor unflatten(const Tensor& x, int axis, const Shape& lengths);

/// Without the given axes, which must have length 1; if none are given, without all of length 1. A view.
Tensor squeeze(const Tensor& x, const Axes& axes = {});

/// With an axis of length 1 more, which is axis `axis` of the result. A view.
Tensor unsqueeze(const Tensor& x, int axis);

/// broadcast_to a shape in which -1 stands for the length that x has there. A view.
Tensor expand(const Tensor& x, const Shape& shape);

/// Axis from[i] of x is axis to[i] of the result; the others stay in order. Also PyTorch's movedim. A view.
Tensor moveaxis(const Tensor& x, const Axes& from, const Axes& to);

/// transpose under NumPy's name: swaps two axes. A view.
Tensor swapaxes(const Tensor& x, int a, int b);

/// The elements in reverse order along the axes; along all if none are given. A view, with negative strides.
Tensor flip(const Tensor& x, const Axes& axes = {});

/// y[(i + shift) mod n] = x[i] along an axis of length n.
Tensor roll(const Tensor& x, std::int64_t shift, int axis);
/// The same along several axes, a shift for each.
Tensor roll(const Tensor& x, const Shape& shifts, const Axes& axes);

/// Tensors of one shape and dtype side by side along a new axis, which is axis `axis` of the result.
Tensor stack(std::span<const Tensor> tensors, int axis = 0);
inline Tensor stack(const std::vector<Tensor>& tensors, int axis = 0) { return stack(std::span(tensors), axis); }
inline Tensor stack(std::initializer_list<Tensor> tensors, int axis = 0) {
  return stack(std::span(std::data(tensors), tensors.size()), axis);
}

/// Views of `length` elements along an axis, the last of which has what is left; one if the axis has length 0.
std::vector<Tensor> split(const Tensor& x, std::int64_t length, int axis = 0);
/// Views of the given lengths, which add up to the axis's.
std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& lengths, int axis = 0);
/// At most `count` views of equal length, the last of which may be shorter: split(x, ceil(n / count), axis), as in
/// PyTorch; that is fewer than `count` where so many fill the axis, and `count` empty ones if its length is 0.
std::vector<Tensor> chunk(const Tensor& x, std::int64_t count, int axis = 0);

/// The whole tensor repeats[i] times along axis i. Where one has fewer axes, it gets axes of length 1, or 1, in front.
Tensor tile(const Tensor& x, const Shape& repeats);

/// Each element along an axis `repeats` times, one beside the other: a, b becomes a, a, b, b.
Tensor repeat_interleave(const Tensor& x, std::int64_t repeats, int axis);
/// Element i repeats[i] times:  repeats: int64 or int32 [length of the axis].
Tensor repeat_interleave(const Tensor& x, const Tensor& repeats, int axis);

}  // namespace heed
