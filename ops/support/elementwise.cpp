#include "elementwise.h"

#include <algorithm>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../kernels/elementwise.h"
#include "../reduce/reduce.h"
#include "../shape/view.h"
#include "rounded_once.h"

namespace heed::detail {

using kernels::Binary;

void wrong_dtype(const char* op, DType dtype, const char* expected) {
  if (is_stored_float(dtype))
    fail("{}: the tensor is {}, which can only be stored and converted; cast it to float32 first", op, name(dtype));
  fail("{}: the tensor is {}, but it must be {}", op, name(dtype), expected);
}

void check_same_dtype(const char* op, const char* name_a, const Tensor& a, const char* name_b, const Tensor& b) {
  if (a.dtype() != b.dtype())
    fail("{}: {} is {} and {} is {}, but both must have the same dtype; cast one of them", op, name_a, name(a.dtype()),
         name_b, name(b.dtype()));
}

Shape broadcast(const char* op, const char* name_a, const Shape& a, const char* name_b, const Shape& b) {
  if (a == b) return a;
  Shape out = a.rank() >= b.rank() ? a : b;
  for (int i = 1; i <= std::min(a.rank(), b.rank()); ++i) {
    if (a[-i] != b[-i] && a[-i] != 1 && b[-i] != 1)
      fail("{}: {} is {} and {} is {}, but each axis, from the last, must have the same length or length 1", op, name_a,
           to_string(a), name_b, to_string(b));
    out[-i] = a[-i] == 1 ? b[-i] : a[-i];
  }
  return out;
}

Shape broadcast_strides(const Tensor& tensor, const Shape& to) {
  const Shape &shape = tensor.shape(), &strides = tensor.strides();
  Shape out = to;
  const int missing = to.rank() - shape.rank();
  for (int axis = 0; axis < to.rank(); ++axis)
    out[axis] = axis < missing || shape[axis - missing] == 1 ? 0 : strides[axis - missing];
  return out;
}

namespace {

// Approximate nanoseconds per element; they only determine how finely work is cut.
double cost(kernels::Unary f) {
  using enum kernels::Unary;
  switch (f) {
    case negate:
    case absolute:
    case sign:
    case square:
    case relu:
      return 0.2;
    default:
      return 0.6;
  }
}

/// Input of a binary op: a tensor, or one repeated number.
template <class T>
struct Operand {
  const T* begin;
  const Tensor* tensor;  // null: one number

  Operand(const Tensor& of) : begin(read<T>(of)), tensor(&of) {}
  Operand(const T& number) : begin(&number), tensor(nullptr) {}

  /// Returns 1 if the elements are in the order of the output, 0 if there is only one, else -1.
  std::int64_t step(const Shape& out) const {
    if (!tensor || tensor->elements() == 1) return 0;
    return tensor->shape() == out && tensor->is_contiguous() ? 1 : -1;
  }
  Shape strides(const Shape& out) const {
    if (tensor) return broadcast_strides(*tensor, out);
    Shape none = out;
    for (int axis = 0; axis < none.rank(); ++axis) none[axis] = 0;
    return none;
  }
};

template <class T, class Out, class Kernel>
void binary_runs(const Shape& shape, const Operand<T>& a, const Operand<T>& b, Out* y, double nanoseconds,
                 const Kernel& kernel) {
  if (const std::int64_t step_a = a.step(shape), step_b = b.step(shape); step_a >= 0 && step_b >= 0)
    return each_piece(shape.elements(), nanoseconds, [&](std::int64_t begin, std::int64_t n) {
      kernel({a.begin + begin * step_a, step_a}, {b.begin + begin * step_b, step_b}, y + begin, n);
    });
  const Runs<2> runs(shape, {a.strides(shape), b.strides(shape)});
  runs.each(nanoseconds, [&](auto at, std::int64_t out, std::int64_t n) {
    kernel({a.begin + at[0], runs.stride(0)}, {b.begin + at[1], runs.stride(1)}, y + out, n);
  });
}

/// Calls body.operator()<T>(kernel); only floating point tensors can be divided.
template <class Body>
Tensor with_operands(const char* op, DType dtype, Binary f, const Body& body) {
  if (f == Binary::divide)
    return with_floating(op, dtype, [&]<class T>() {
      return body.template operator()<T>(kernels::get<kernels::NumberKernels<T>>().binary[f]);
    });
  return with_number(op, dtype, [&]<class T>() {
    return body.template operator()<T>(kernels::get<kernels::NumberKernels<T>>().binary[f]);
  });
}

}  // namespace

Tensor map(const char* op, const Tensor& x, kernels::Unary f) {
  return with_floating(op, x.dtype(), [&]<class T>() {
    Tensor y = empty(x.shape(), x.dtype());
    const auto kernel = kernels::get<kernels::ElementwiseKernels<T>>().unary[f];
    const T* from = read<T>(x);
    T* to = fill<T>(y);
    if (x.is_contiguous()) {
      each_piece(x.elements(), cost(f),
                 [&](std::int64_t begin, std::int64_t n) { kernel({from + begin, 1}, to + begin, n); });
      return y;
    }
    const Runs<1> runs(x.shape(), {x.strides()});
    runs.each(cost(f),
              [&](auto at, std::int64_t out, std::int64_t n) { kernel({from + at[0], runs.stride(0)}, to + out, n); });
    return y;
  });
}

Tensor map(const char* op, const Tensor& dy, const Tensor& saved, kernels::Backward f) {
  return with_floating(op, dy.dtype(), [&]<class T>() {
    Tensor dx = empty(dy.shape(), dy.dtype());
    binary_runs<T>(dy.shape(), dy, saved, fill<T>(dx), 0.6, kernels::get<kernels::ElementwiseKernels<T>>().backward[f]);
    return dx;
  });
}

Tensor map(const char* op, const Tensor& a, const Tensor& b, kernels::Binary f) {
  check_same_dtype(op, "a", a, "b", b);
  const Shape shape = broadcast(op, "a", a.shape(), "b", b.shape());
  return with_operands(op, a.dtype(), f, [&]<class T>(auto kernel) {
    Tensor y = empty(shape, a.dtype());
    binary_runs<T>(shape, a, b, fill<T>(y), 0.3, kernel);
    return y;
  });
}

Tensor map(const char* op, const Tensor& a, Number b, kernels::Binary f) {
  return with_operands(op, a.dtype(), f, [&]<class T>(auto kernel) {
    Tensor y = empty(a.shape(), a.dtype());
    const T number = b.as<T>(op);
    binary_runs<T>(a.shape(), a, number, fill<T>(y), 0.3, kernel);
    return y;
  });
}

Tensor map(const char* op, Number a, const Tensor& b, kernels::Binary f) {
  return with_operands(op, b.dtype(), f, [&]<class T>(auto kernel) {
    Tensor y = empty(b.shape(), b.dtype());
    const T number = a.as<T>(op);
    binary_runs<T>(b.shape(), number, b, fill<T>(y), 0.3, kernel);
    return y;
  });
}

Tensor map(const char* op, const Tensor& a, const Tensor& b, kernels::Compare f) {
  check_same_dtype(op, "a", a, "b", b);
  const Shape shape = broadcast(op, "a", a.shape(), "b", b.shape());
  Tensor y = empty(shape, boolean);
  with_any(a.dtype(), [&]<class T>() {
    binary_runs<T>(shape, a, b, fill<bool>(y), 0.3, kernels::get<kernels::AnyKernels<T>>().compare[f]);
  });
  return y;
}

Tensor map(const char*, const Tensor& a, Number b, kernels::Compare f) {
  using enum kernels::Compare;
  return with_any(a.dtype(), [&]<class T>() {
    const NearestElement<T> nearest = nearest_element<T>(b);
    const bool nearest_is_b = nearest.side == 0 && (!std::is_integral_v<T> || !nearest.is_nan);
    if (!nearest_is_b && (nearest.is_nan || f == equal || f == not_equal))
      return full(a.shape(), f == not_equal, boolean);
    // b is between two neighbours in T, or outside its range: a number is less than b if it is at most the lower one.
    const bool wants_less = f == less || f == less_equal;
    const auto beside = nearest.side > 0 ? (wants_less ? less_equal : greater) : (wants_less ? less : greater_equal);
    Tensor y = empty(a.shape(), boolean);
    binary_runs<T>(a.shape(), a, nearest.value, fill<bool>(y), 0.3,
                   kernels::get<kernels::AnyKernels<T>>().compare[nearest_is_b ? f : beside]);
    return y;
  });
}

void add_in_place(const Tensor& total, const Tensor& part, const char* op) {
  with_number(op, total.dtype(), [&]<class T>() {
    const auto kernel = kernels::get<kernels::NumberKernels<T>>().add_to;
    const T* from = read<T>(part);
    T* to = overwrite<T>(total, op);
    const Runs<1> runs(total.shape(), {part.strides()});
    runs.each(0.3,
              [&](auto at, std::int64_t out, std::int64_t n) { kernel({from + at[0], runs.stride(0)}, to + out, n); });
  });
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  Axes repeated;
  const int missing = x.rank() - shape.rank();
  for (int axis = 0; axis < x.rank(); ++axis)
    if (axis < missing || (shape[axis - missing] == 1 && x.shape()[axis] != 1)) repeated.push_back(axis);
  return rounded_once(x, [&](const Tensor& wide) { return reshape(sum(wide, repeated, true), shape); });
}

}  // namespace heed::detail
