// Internal: elementwise functions as plain loops over a lambda, where a vector kernel would not pay off.
//
// f takes one element, or one of each tensor, in their common type T, and returns an element of the result: T, or
// bool for a tensor of bool. No history is recorded.
#pragma once

#include <type_traits>

#include "elementwise.h"

namespace heed::detail {
/// Approximate cost of a glibc function. It only determines how finely work is cut.
inline constexpr double nanoseconds_of_a_function = 3;

template <class T, class F>
Tensor map_typed(const Tensor& x, const F& f) {
  using Out = std::invoke_result_t<const F&, T>;
  static_assert(std::is_same_v<Out, T> || std::is_same_v<Out, bool>, "a function of T returns T or bool");
  Tensor y = empty(x.shape(), dtype_of<Out>);
  const T* from = read<T>(x);
  Out* to = fill<Out>(y);
  const Runs<1> runs(x.shape(), {x.strides()});
  runs.each(nanoseconds_of_a_function, [&](auto at, std::int64_t out, std::int64_t n) {
    const T* v = from + at[0];
    const std::int64_t stride = runs.stride(0);
    if (stride == 1) {
      for (std::int64_t i = 0; i < n; ++i) to[out + i] = f(v[i]);
    } else {
      for (std::int64_t i = 0; i < n; ++i) to[out + i] = f(v[i * stride]);
    }
  });
  return y;
}

template <class T, class F>
Tensor map_typed(const Shape& shape, const Tensor& a, const Tensor& b, const F& f) {
  using Out = std::invoke_result_t<const F&, T, T>;
  static_assert(std::is_same_v<Out, T> || std::is_same_v<Out, bool>, "a function of T returns T or bool");
  Tensor y = empty(shape, dtype_of<Out>);
  const T *from_a = read<T>(a), *from_b = read<T>(b);
  Out* to = fill<Out>(y);
  const Runs<2> runs(shape, {broadcast_strides(a, shape), broadcast_strides(b, shape)});
  runs.each(nanoseconds_of_a_function, [&](auto at, std::int64_t out, std::int64_t n) {
    const T *v = from_a + at[0], *w = from_b + at[1];
    const std::int64_t step_a = runs.stride(0), step_b = runs.stride(1);
    if (step_a == 1 && step_b == 1) {
      for (std::int64_t i = 0; i < n; ++i) to[out + i] = f(v[i], w[i]);
    } else {
      for (std::int64_t i = 0; i < n; ++i) to[out + i] = f(v[i * step_a], w[i * step_b]);
    }
  });
  return y;
}

inline Shape matched(const char* op, const Tensor& a, const Tensor& b) {
  check_same_dtype(op, "a", a, "b", b);
  return broadcast(op, "a", a.shape(), "b", b.shape());
}

/// Elementwise y = f(x), or f(a, b) with broadcasting, for float32 and float64.
template <class F>
Tensor map_floats(const char* op, const Tensor& x, const F& f) {
  return with_floating(op, x.dtype(), [&]<class T>() { return map_typed<T>(x, f); });
}
template <class F>
Tensor map_floats(const char* op, const Tensor& a, const Tensor& b, const F& f) {
  const Shape shape = matched(op, a, b);
  return with_floating(op, a.dtype(), [&]<class T>() { return map_typed<T>(shape, a, b, f); });
}

/// Elementwise f for float32, float64, int32 and int64.
template <class F>
Tensor map_numbers(const char* op, const Tensor& x, const F& f) {
  return with_number(op, x.dtype(), [&]<class T>() { return map_typed<T>(x, f); });
}
template <class F>
Tensor map_numbers(const char* op, const Tensor& a, const Tensor& b, const F& f) {
  const Shape shape = matched(op, a, b);
  return with_number(op, a.dtype(), [&]<class T>() { return map_typed<T>(shape, a, b, f); });
}

/// Elementwise f for every dtype.
template <class F>
Tensor map_any(const Tensor& x, const F& f) {
  return with_any(x.dtype(), [&]<class T>() { return map_typed<T>(x, f); });
}
template <class F>
Tensor map_any(const char* op, const Tensor& a, const Tensor& b, const F& f) {
  const Shape shape = matched(op, a, b);
  return with_any(a.dtype(), [&]<class T>() { return map_typed<T>(shape, a, b, f); });
}

}  // namespace heed::detail
