// Shape manipulation: axes merged, split, added, removed, moved and reversed; tensors split, stacked and repeated.
#pragma once

#include <span>
#include <vector>

#include "axes.h"

namespace heed {

/// Merges the axes from `first` to `last`; a scalar becomes [1]. A view where reshape gives one.
Tensor flatten(const Tensor& x, int first = 0, int last = -1);

/// Splits one axis into axes of the given lengths, of which one may be -1:  unflatten(x, 1, {heads, -1}).  A view.
Tensor unflatten(const Tensor& x, int axis, const Shape& lengths);

/// Removes the given axes, which must have length 1; if none are given, all axes of length 1. A view.
Tensor squeeze(const Tensor& x, const Axes& axes = {});

/// Inserts an axis of length 1, which is axis `axis` of the result. A view.
Tensor unsqueeze(const Tensor& x, int axis);

/// Broadcasts x to a shape in which -1 stands for the length of x. A view.
Tensor expand(const Tensor& x, const Shape& shape);

/// Moves axis from[i] of x to axis to[i] of the result; the others stay in order. PyTorch's movedim. A view.
Tensor moveaxis(const Tensor& x, const Axes& from, const Axes& to);

/// Swaps two axes; NumPy's name of transpose. A view.
Tensor swapaxes(const Tensor& x, int a, int b);

/// Reverses the elements along the axes, along all if none are given. A view, with negative strides.
Tensor flip(const Tensor& x, const Axes& axes = {});

/// Cyclic shift:  y[(i + shift) mod n] = x[i] along an axis of length n.
Tensor roll(const Tensor& x, std::int64_t shift, int axis);
/// Cyclic shift along several axes, with a shift for each.
Tensor roll(const Tensor& x, const Shape& shifts, const Axes& axes);

/// Stacks tensors of the same shape and dtype along a new axis, which is axis `axis` of the result.
Tensor stack(std::span<const Tensor> tensors, int axis = 0);
inline Tensor stack(const std::vector<Tensor>& tensors, int axis = 0) { return stack(std::span(tensors), axis); }
inline Tensor stack(std::initializer_list<Tensor> tensors, int axis = 0) {
  return stack(std::span(std::data(tensors), tensors.size()), axis);
}

/// Splits x into views of `length` elements along an axis, the last of which may be shorter; one view if the axis has
/// length 0.
std::vector<Tensor> split(const Tensor& x, std::int64_t length, int axis = 0);
/// Splits x into views of the given lengths, whose sum is that of the axis.
std::vector<Tensor> split(const Tensor& x, const std::vector<std::int64_t>& lengths, int axis = 0);
/// Splits x into at most `count` views of equal length, the last of which may be shorter: split(x, ceil(n / count),
/// axis), as in PyTorch. There are fewer than `count` where fewer fill the axis, and `count` empty views if its length
/// is 0.
std::vector<Tensor> chunk(const Tensor& x, std::int64_t count, int axis = 0);

/// Repeats the tensor repeats[i] times along axis i. If x has fewer axes than repeats has numbers, or the other way
/// round, ones are put in front.
Tensor tile(const Tensor& x, const Shape& repeats);

/// Repeats each element along an axis: a, b becomes a, a, b, b.
Tensor repeat_interleave(const Tensor& x, std::int64_t repeats, int axis);
/// Repeats element i repeats[i] times;  repeats: int64 or int32 [length of the axis].
Tensor repeat_interleave(const Tensor& x, const Tensor& repeats, int axis);

}  // namespace heed
