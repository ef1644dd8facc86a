// Gather and scatter by index tensors. An index tensor is int64 or int32; an index must be in [0, n), where n is the
// length of the axis. Elements with the same index are written or added in the order of the index along the axis, for
// any number of threads: the last one written stays.
#pragma once

#include "../../graph/number.h"
#include "../../graph/tensor.h"

namespace heed {

/// Gathers along an axis:  y[.., i, ..] = x[.., index[.., i, ..], ..].  index has the rank of x, and in the other axes
/// at most the lengths of x;  y: the shape of index. Any dtype.
Tensor gather(const Tensor& x, int axis, const Tensor& index);

/// gather where x and indices are broadcast in all other axes; with the result of argsort along the same axis it sorts.
/// PyTorch's take_along_dim.
Tensor take_along_axis(const Tensor& x, const Tensor& indices, int axis);

/// Scatters along an axis:  y = x, then y[.., index[.., i, ..], ..] = values[.., i, ..].  index as for gather; values
/// has its shape. Overwritten values have gradient 0.
Tensor scatter(const Tensor& x, int axis, const Tensor& index, const Tensor& values);
/// Scatters one number.
Tensor scatter(const Tensor& x, int axis, const Tensor& index, Number value);

/// Scatters by addition:  y = x, then y[.., index[.., i, ..], ..] += values[.., i, ..].  float32, float64, int32,
/// int64.
Tensor scatter_add(const Tensor& x, int axis, const Tensor& index, const Tensor& values);

/// Reduction of scatter_reduce: sum, mean, maximum (amax) or minimum (amin).
enum class ScatterReduce { sum, mean, amax, amin };
/// Scatters by a reduction: each element is the sum, mean, maximum or minimum of the element of x and the values
/// scattered to it. Equal extremes share the gradient equally. float32, float64.
Tensor scatter_reduce(const Tensor& x, int axis, const Tensor& index, const Tensor& values, ScatterReduce reduce);

/// Selects elements of an axis by index:  index [n];  y: the shape of x, with n in place of the axis's length.
Tensor index_select(const Tensor& x, int axis, const Tensor& index);

/// Adds element i of values along the axis to element index[i] of a copy of x:  index [n];  values: the shape of x,
/// with n in place of the axis's length.  float32, float64, int32, int64.
Tensor index_add(const Tensor& x, int axis, const Tensor& index, const Tensor& values);

/// Replaces element index[i] of a copy of x by element i of values; otherwise as index_add. Any dtype.
Tensor index_copy(const Tensor& x, int axis, const Tensor& index, const Tensor& values);

/// Selects elements by their index in row-major order:  y has the shape of indices.
Tensor take(const Tensor& x, const Tensor& indices);

/// Returns x with the elements of these row-major indices replaced by values, or with `accumulate` values added to
/// them. values has the shape of indices.
Tensor put(const Tensor& x, const Tensor& indices, const Tensor& values, bool accumulate = false);

/// One-hot encoding:  y[.., c] = 1 where indices[..] is c, else 0;  [..., classes].
Tensor one_hot(const Tensor& indices, std::int64_t classes, DType dtype = DType::float32);

}  // namespace heed
