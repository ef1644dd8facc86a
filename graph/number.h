// Scalar operands of ops.
//
// An op on a tensor and a number computes the mathematical result or throws Error; no number is changed silently. The
// result keeps the tensor's dtype, as with two tensors:
//  - For float32, float64, bfloat16 and float16 the number is rounded to the dtype. A finite number too large for it,
//    as 1e300 is for float32, is an Error. NaN and infinity are kept.
//  - For int32 and int64 the number must be an integer in the dtype's range: x + 2.0 is fine, x * 0.5 an Error, and
//    so are NaN and infinity. Ops never promote the dtype of a tensor: write cast(x, float32) * 0.5.
//  - For bool the number must be 0 or 1.
//  - Comparisons and bounds (clamp, minimum, maximum) take numbers that the dtype cannot represent: less(int64, 0.5)
//    compares with 0.5, less(int32, 3e9) is true, and clamp(int32, -1e10, 1e10) changes nothing. A number compared with
//    a floating point tensor is rounded to its dtype if it stays finite, so equal(float32 0.1f, 0.1) is true.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

#include "dtype.h"

namespace heed {

/// Exact value of a 64-bit integer or a double. Every arithmetic type, Size, Bfloat16 and Float16 convert to it.
class Number {
 public:
  /// Converts a number exactly.
  template <class T>
    requires std::is_convertible_v<const T&, long double>
  constexpr Number(const T& value) : nearest_(static_cast<double>(value)) {
    if constexpr (std::is_convertible_v<const T&, std::int64_t> && !std::is_floating_point_v<T> && sizeof(T) == 8)
      rest_ = static_cast<double>(static_cast<long double>(value) - static_cast<long double>(nearest_));
  }

  /// The value, exactly.
  constexpr long double value() const { return static_cast<long double>(nearest_) + static_cast<long double>(rest_); }
  /// Rounds to the nearest double.
  constexpr explicit operator double() const { return nearest_; }

  /// Converts to T, rounded if T is a floating point type. Throws Error, in the name of the op, if T cannot represent
  /// the number: a fraction, NaN or infinity as an integer, a number out of range, other than 0 and 1 as bool.
  template <class T>
  T as(const char* op) const;

 private:
  static_assert(std::numeric_limits<long double>::digits >= 64, "a long double holds every int64 and double");
  double nearest_, rest_ = 0;  // the value is their sum; passed in two registers
};

/// Formats the number, integers without a decimal point.
std::string to_string(Number number);

/// Value of an element type that is nearest to a number: rounded down for an integer type, rounded for a floating point
/// type, and clamped to the finite range of the type.
template <class T>
struct NearestElement {
  /// The nearest value.
  T value{};
  int side = 0;  // 0: the number equals the value, after rounding; 1: it is greater; -1: it is less
  /// True if the number is NaN.
  bool is_nan = false;
};

namespace detail {

[[noreturn]] void not_representable(const char* op, Number number, std::string_view type, bool is_floating);

template <class T>
constexpr std::string_view type_name() {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::int64_t> ||
                !std::is_integral_v<T>)
    return name(dtype_of<T>);
  else
    return "the integer type";
}

/// Largest and lowest finite value of an element type.
template <class T>
constexpr T largest_element() {
  if constexpr (std::is_same_v<T, Bfloat16>)
    return Bfloat16(0x1.fep127f);
  else if constexpr (std::is_same_v<T, Float16>)
    return Float16(65504.0f);
  else
    return std::numeric_limits<T>::max();
}
template <class T>
constexpr T lowest_element() {
  if constexpr (std::is_integral_v<T>)
    return std::numeric_limits<T>::min();
  else
    return T(-largest_element<T>());
}

}  // namespace detail

namespace detail {

/// Rounds x to a floating point type, once.
template <class T>
T rounded_to(long double x) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(x);
  } else {
    // 16-bit types are constructed from a double or an integer.
    const bool is_integer = x > -0x1p63L && x < 0x1p63L && x == std::floor(x);
    return is_integer ? T(static_cast<std::int64_t>(x)) : T(static_cast<double>(x));
  }
}

}  // namespace detail

/// Rounds a number to an element type.
template <class T>
NearestElement<T> nearest_element(Number number) {
  const long double x = number.value();
  constexpr T max = detail::largest_element<T>(), min = detail::lowest_element<T>();
  if constexpr (std::is_integral_v<T>) {
    if (x != x) return {T{}, 0, true};
    if (x > static_cast<long double>(max)) return {max, 1};
    if (x < static_cast<long double>(min)) return {min, -1};
    const long double below = std::floor(x);
    return {static_cast<T>(below), below < x ? 1 : 0};
  } else {
    const T rounded = detail::rounded_to<T>(x);
    const double infinity = std::numeric_limits<double>::infinity(), value = static_cast<double>(rounded);
    if (value == infinity && x != static_cast<long double>(infinity)) return {max, 1};
    if (value == -infinity && x != -static_cast<long double>(infinity)) return {min, -1};
    return {rounded, 0, x != x};
  }
}

template <class T>
T Number::as(const char* op) const {
  if constexpr (std::is_floating_point_v<T>)
    if (const T rounded = static_cast<T>(nearest_); rest_ == 0 && rounded - rounded == 0) [[likely]]  // finite
      return rounded;
  const NearestElement<T> nearest = nearest_element<T>(*this);
  if (nearest.side != 0 || (std::is_integral_v<T> && nearest.is_nan)) [[unlikely]]
    detail::not_representable(op, *this, detail::type_name<T>(), !std::is_integral_v<T>);
  return nearest.value;
}

}  // namespace heed
