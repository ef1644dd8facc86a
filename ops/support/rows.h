// Internal: tensors as rows, as row kernels take them.
#pragma once

#include "../../graph/tensor.h"
#include "../kernels/views.h"

namespace heed::detail {

/// Returns x as [rows, width] without history, with contiguous rows: a view if the strides allow it, else a copy. x has
/// rows * width elements.
Tensor as_rows(const Tensor& x, std::int64_t rows, std::int64_t width);

/// Returns x as rows along its last axis, which must exist.
Tensor as_rows(const Tensor& x);

/// Rows of a tensor returned by as_rows, for kernels to read.
template <class T>
kernels::Rows<const T> read_rows(const Tensor& x) {
  return {read<T>(x), x.strides()[0]};
}

/// Rows of a new output tensor, along its last axis.
template <class T>
kernels::Rows<T> fill_rows(const Tensor& output) {
  return {fill<T>(output), output.shape()[-1]};
}

/// Rows from row `first` on.
template <class T>
kernels::Rows<T> from(const kernels::Rows<T>& rows, std::int64_t first) {
  return {rows[first], rows.stride};
}

}  // namespace heed::detail
