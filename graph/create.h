// Creation of tensors: full, zeros, ones, arange, tensor, scalar.
#pragma once

#include <vector>

#include "number.h"
#include "tensor.h"

namespace heed {

/// Tensor filled with `value`. Throws Error if the dtype cannot represent it: full({2}, 0.5, int64).
Tensor full(const Shape& shape, Number value, DType dtype = float32);
namespace detail {
/// full, with the errors of another op: one that takes a tensor and a number.
Tensor full_for(const char* op, const Shape& shape, Number value, DType dtype);
}  // namespace detail
/// Tensor filled with 0.
Tensor zeros(const Shape& shape, DType dtype = float32);
/// Tensor filled with 1.
Tensor ones(const Shape& shape, DType dtype = float32);

/// Integers 0, 1, ..., n - 1: [n].
Tensor arange(std::int64_t n, DType dtype = int64);

/// Tensor with a copy of the values, in row-major order; T decides the dtype. Throws Error unless the shape has as many
/// elements as values are given.
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
/// Tensor of one axis: tensor({1.0f, 2.0f}) is [2] of float32.
template <class T>
Tensor tensor(std::initializer_list<T> values) {
  return tensor(values, {static_cast<std::int64_t>(values.size())});
}
template <class T>
Tensor tensor(const std::vector<T>& values) {
  return tensor(values, {static_cast<std::int64_t>(values.size())});
}
/// Tensor without axes: scalar(3.0f) is [] of float32.
template <class T>
Tensor scalar(T value) {
  return tensor(std::span<const T>(&value, 1), {});
}

}  // namespace heed
