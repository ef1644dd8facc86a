#include "create.h"

#include <algorithm>

#include "fail.h"

namespace heed {
namespace {

template <class T>
Tensor filled(const char* op, const Shape& shape, Number value) {
  const T element = value.as<T>(op);
  Tensor made = empty(shape, dtype_of<T>);
  std::fill_n(fill<T>(made), made.elements(), element);
  return made;
}

template <class T>
void count_up(const Tensor& made) {
  for (std::int64_t i = 0; i < made.elements(); ++i) fill<T>(made)[i] = static_cast<T>(i);
}

}  // namespace

Tensor detail::full_for(const char* op, const Shape& shape, Number value, DType dtype) {
  switch (dtype) {
    case DType::float32:
      return filled<float>(op, shape, value);
    case DType::float64:
      return filled<double>(op, shape, value);
    case DType::int32:
      return filled<std::int32_t>(op, shape, value);
    case DType::int64:
      return filled<std::int64_t>(op, shape, value);
    case DType::bfloat16:
      return filled<Bfloat16>(op, shape, value);
    case DType::float16:
      return filled<Float16>(op, shape, value);
    case DType::boolean:
      break;
  }
  return filled<bool>(op, shape, value);
}

Tensor full(const Shape& shape, Number value, DType dtype) { return detail::full_for("full", shape, value, dtype); }
Tensor zeros(const Shape& shape, DType dtype) { return full(shape, 0, dtype); }
Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1, dtype); }

Tensor arange(std::int64_t n, DType dtype) {
  if (n < 0) fail("arange: the number of elements is {}, but it must not be negative", n);
  if (n > 0 && dtype != boolean) (void)detail::full_for("arange", {}, n - 1, dtype);  // the last must fit the dtype
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
