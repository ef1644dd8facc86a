#include "create.h"

#include <algorithm>

#include "fail.h"

namespace heed {
namespace {

template <class T>
void fill_with(const Tensor& made, double value) {
  std::fill_n(fill<T>(made), made.elements(), static_cast<T>(value));
}

template <class T>
void count_up(const Tensor& made) {
  for (std::int64_t i = 0; i < made.elements(); ++i) fill<T>(made)[i] = static_cast<T>(i);
}

}  // namespace

Tensor full(const Shape& shape, double value, DType dtype) {
  Tensor made = empty(shape, dtype);
  switch (dtype) {
    case DType::float32:
      fill_with<float>(made, value);
      break;
    case DType::float64:
      fill_with<double>(made, value);
      break;
    case DType::int32:
      fill_with<std::int32_t>(made, value);
      break;
    case DType::int64:
      fill_with<std::int64_t>(made, value);
      break;
    case DType::boolean:
      fill_with<bool>(made, value);
      break;
    case DType::bfloat16:
      fill_with<Bfloat16>(made, value);
      break;
    case DType::float16:
      fill_with<Float16>(made, value);
      break;
  }
  return made;
}

Tensor zeros(const Shape& shape, DType dtype) { return full(shape, 0, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1, dtype); }

Tensor arange(std::int64_t n, DType dtype) {
  if (n < 0) fail("arange: the number of elements is {}, but it must not be negative", n);
  Tensor made = empty({n}, dtype);
  switch (dtype) {
    case DType::float32:
      count_up<float>(made);
      break;
    case DType::float64:
      count_up<double>(made);
      break;
    case DType::int32:
      count_up<std::int32_t>(made);
      break;
    case DType::int64:
      count_up<std::int64_t>(made);
      break;
    case DType::bfloat16:
      count_up<Bfloat16>(made);
      break;
    case DType::float16:
      count_up<Float16>(made);
      break;
    case DType::boolean:
      fail("arange: the elements are numbers, but bool was asked for");
  }
  return made;
}

template <class T>
Tensor tensor(std::span<const T> values, const Shape& shape) {
  Tensor made = empty(shape, dtype_of<T>);
  if (static_cast<std::int64_t>(values.size()) != shape.elements())
    fail("tensor: {} values were given, but the shape {} has {} elements", values.size(), to_string(shape),
         shape.elements());
  std::copy(values.begin(), values.end(), fill<T>(made));
  return made;
}
template Tensor tensor(std::span<const float>, const Shape&);
template Tensor tensor(std::span<const double>, const Shape&);
template Tensor tensor(std::span<const std::int32_t>, const Shape&);
template Tensor tensor(std::span<const std::int64_t>, const Shape&);
template Tensor tensor(std::span<const bool>, const Shape&);
template Tensor tensor(std::span<const Bfloat16>, const Shape&);
template Tensor tensor(std::span<const Float16>, const Shape&);

}  // namespace heed
