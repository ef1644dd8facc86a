// Tensors from nothing, from a value, from a list.
#pragma once

#include <vector>

#include "number.h"
#include "tensor.h"

namespace heed {

/// Every element is `value`. Throws Error if the dtype does not have it: full({2}, 0.5, int64).
Tensor full(const Shape& shape, Number value, DType dtype = float32);
namespace detail {
/// full, whose error names another op: one that takes a number beside a tensor.
Tensor full_for(const char* op, const Shape& shape, Number value, DType dtype);
}  // namespace detail
Tensor zeros(const Shape& shape, DType dtype = float32);
Tensor ones(const Shape& shape, DType dtype = float32);

/// 0, 1, ..., n - 1: [n].
Tensor arange(std::int64_t n, DType dtype = int64);

/// A copy of values in row-major order, of the type's dtype.
template <class T>
Tensor tensor(std::span<const T> values, const Shape& shape);
template <class T>
Tensor tensor(const std::vector<T>& values, const Shape& shape) {
  return tensor(std::span<const T>(values), shape);
}
template <class T>
Tensor tensor(std::initializer_list<T> values, const Shape& shape) {
  return tensor(std::span<const T>(std::data(values), values.size()), shape);
}
/// One axis: tensor({1.0f, 2.0f}) is [2] of float32.
template <class T>
Tensor tensor(std::initializer_list<T> values) {
  return tensor(values, {static_cast<std::int64_t>(values.size())});
}
template <class T>
Tensor tensor(const std::vector<T>& values) {
  return tensor(values, {static_cast<std::int64_t>(values.size())});
}
/// No axes: scalar(3.0f) is [] of float32.
template <class T>
Tensor scalar(T value) {
  return tensor(std::span<const T>(&value, 1), {});
}

}  // namespace heed
