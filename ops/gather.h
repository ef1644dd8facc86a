// Elements taken from the places that index tensors name, and put into them. An index tensor is int64 or int32; an
// index must be in [0, n), where n is the length of the axis. Where several elements go to one place, they do so in the
// order of the index along the axis, for any number of threads: the last one stays, or they are added one after the
// other.
#pragma once

#include "../graph/number.h"
#include "../graph/tensor.h"

namespace heed {

/// y[.., i, ..] = x[.., index[.., i, ..], ..] along an axis:  index has as many axes as x, and along the others at most
/// the lengths of x;  y: the shape of index. Any dtype.
Tensor gather(const Tensor& x, int axis, const Tensor& index);

/// The same where x and indices are first repeated to one shape in all other axes: with argsort along the same axis it
/// sorts. NumPy's take_along_axis, PyTorch's take_along_dim.
Tensor take_along(const Tensor& x, const Tensor& indices, int axis);

/// y = x, then y[.., index[.., i, ..], ..] = values[.., i, ..] along an axis:  index as for gather, values has its
/// shape. Values that later ones replace have the gradient 0.
Tensor scatter(const Tensor& x, int axis, const Tensor& index, const Tensor& values);
/// With one number for all places.
Tensor scatter(const Tensor& x, int axis, const Tensor& index, Number value);

/// y = x, then y[.., index[.., i, ..], ..] += values[.., i, ..].  float32, float64, int32, int64.
Tensor scatter_add(const Tensor& x, int axis, const Tensor& index, const Tensor& values);

enum class ScatterReduce { sum, mean, amax, amin };
/// At each place the sum, mean, largest or smallest of x there and of the values that go there; the largest and the
/// smallest share the gradient equally among all that are it. float32, float64.
Tensor scatter_reduce(const Tensor& x, int axis, const Tensor& index, const Tensor& values, ScatterReduce reduce);

/// Elements of an axis by their numbers:  index [n];  y: the shape of x, with n in place of the axis's length.
Tensor index_select(const Tensor& x, int axis, const Tensor& index);

/// y = x, then element i of values along the axis is added to element index[i] of y:  index [n];  values: the shape of
/// x, with n in place of the axis's length.  float32, float64, int32, int64.
Tensor index_add(const Tensor& x, int axis, const Tensor& index, const Tensor& values);

/// The same, with what is in the place replaced.
Tensor index_copy(const Tensor& x, int axis, const Tensor& index, const Tensor& values);

/// Elements by their number in row-major order:  y has the shape of indices.
Tensor take(const Tensor& x, const Tensor& indices);

/// y = x, with the elements of these numbers replaced, or with `accumulate` added to, by values, which have the shape
/// of indices.
Tensor put(const Tensor& x, const Tensor& indices, const Tensor& values, bool accumulate = false);

/// y[.., c] = 1 where indices[..] is c, else 0:  [..., classes].
Tensor one_hot(const Tensor& indices, std::int64_t classes, DType dtype = DType::float32);

}  // namespace heed
