// For the library's own ops: a tensor as rows, as the row kernels want it.
#pragma once

#include "../graph/tensor.h"
#include "kernels/views.h"

namespace heed {

/// x as [rows, width] without history, where the elements of a row lie side by side: on the memory of x if its strides
/// allow it, else a copy. rows * width is the number of elements.
Tensor as_rows(const Tensor& x, std::int64_t rows, std::int64_t width);

/// The same along the last axis, which x must have.
Tensor as_rows(const Tensor& x);

/// The rows of what as_rows returned, for kernels to read.
template <class T>
kernels::Rows<const T> read_rows(const Tensor& x) {
  return {read<T>(x), x.strides()[0]};
}

/// The rows of a tensor that this op has just made, along its last axis.
template <class T>
kernels::Rows<T> fill_rows(const Tensor& made_here) {
  return {fill<T>(made_here), made_here.shape()[-1]};
}

/// Row `first` and those after it.
template <class T>
kernels::Rows<T> from(const kernels::Rows<T>& rows, std::int64_t first) {
  return {rows[first], rows.stride};
}

}  // namespace heed
