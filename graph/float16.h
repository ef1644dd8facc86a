// 16-bit floating point numbers. Tensors of them are stored, moved and converted, but not computed with.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

namespace heed {
namespace sixteen_bits {

// All functions are always inlined because kernels for several instruction sets use them.

/// Bits of a float.
[[gnu::always_inline]] constexpr std::uint32_t bits_of(float x) { return __builtin_bit_cast(std::uint32_t, x); }
/// Float with these bits.
[[gnu::always_inline]] constexpr float float_of(std::uint32_t bits) { return __builtin_bit_cast(float, bits); }

/// Rounds x to float, to odd if inexact, so that rounding the result to 16 bits gives x rounded once.
/// Boldo and Melquiond 2008, "Emulation of a FMA and correctly rounded sums".
template <class Number>
[[gnu::always_inline]] constexpr float rounded_to_odd(Number x) {
  using Wide = std::conditional_t<sizeof(Number) == 8 && std::is_integral_v<Number>, long double, double>;
  const float nearest = static_cast<float>(x);
  const Wide exact = static_cast<Wide>(x), result = static_cast<Wide>(nearest);
  if (!(result < exact || result > exact)) return nearest;
  const bool away_from_zero = exact < 0 ? result < exact : result > exact;
  return float_of((bits_of(nearest) - (away_from_zero ? 1 : 0)) | 1);
}

/// Bits of x rounded to bfloat16: to nearest, ties to even; NaN stays NaN.
[[gnu::always_inline]] constexpr std::uint16_t bfloat16_bits(float x) {
  const std::uint32_t bits = bits_of(x), magnitude = bits & 0x7fffffff;
  const std::uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16, nan = bits >> 16 | 0x40;
  return static_cast<std::uint16_t>(magnitude > 0x7f800000 ? nan : rounded);
}

/// Value of a bfloat16 with these bits, exactly.
[[gnu::always_inline]] constexpr float float_of_bfloat16(std::uint16_t bits) {
  return float_of(std::uint32_t{bits} << 16);
}

/// Bits of x rounded to float16: to nearest, ties to even; overflow gives infinity, NaN stays NaN.
[[gnu::always_inline]] constexpr std::uint16_t float16_bits(float x) {
  const std::uint32_t bits = bits_of(x), magnitude = bits & 0x7fffffff, sign = bits >> 16 & 0x8000;
  const std::uint32_t normal = (magnitude - (112u << 23) + 0xfff + (magnitude >> 13 & 1)) >> 13;
  // Below 2^-14 numbers are 2^-24 apart, like floats in [0.5, 1): adding 0.5 rounds to that grid.
  const std::uint32_t subnormal = bits_of(float_of(magnitude) + 0.5f) - bits_of(0.5f);
  const std::uint32_t special = magnitude > 0x7f800000 ? 0x7e00 | (magnitude >> 13 & 0x1ff) : 0x7c00;
  const std::uint32_t finite = magnitude < 0x38800000 ? subnormal : normal;
  return static_cast<std::uint16_t>(sign | (magnitude >= 0x47800000 ? special : finite));
}

/// Value of a float16 with these bits, exactly.
[[gnu::always_inline]] constexpr float float_of_float16(std::uint16_t half) {
  const std::uint32_t magnitude = half & 0x7fffu, sign = (half & 0x8000u) << 16;
  const std::uint32_t normal = (magnitude << 13) + (112u << 23), special = (magnitude << 13) + (224u << 23);
  const std::uint32_t subnormal = bits_of(float_of((magnitude << 13) + (113u << 23)) - float_of(113u << 23));
  const std::uint32_t finite = magnitude < 0x400 ? subnormal : normal;
  return float_of(sign | (magnitude >= 0x7c00 ? special : finite));
}

/// Arithmetic type of the language.
template <class T>
concept Arithmetic = std::is_arithmetic_v<T>;

}  // namespace sixteen_bits

/// Element of a bfloat16 tensor: the upper half of a float, with 8 bits of exponent and 8 of precision.
struct Bfloat16 {
  std::uint16_t bits;

  Bfloat16() = default;
  /// Rounds to nearest, ties to even.
  template <sixteen_bits::Arithmetic Number>
  [[gnu::always_inline]] explicit constexpr Bfloat16(Number x)
      : bits(sixteen_bits::bfloat16_bits(sixteen_bits::rounded_to_odd(x))) {}
  [[gnu::always_inline]] explicit constexpr Bfloat16(float x) : bits(sixteen_bits::bfloat16_bits(x)) {}
  /// The value, exactly.
  [[gnu::always_inline]] constexpr operator float() const { return sixteen_bits::float_of_bfloat16(bits); }
};

/// Element of a float16 tensor: IEEE 754 binary16, with 5 bits of exponent and 11 of precision.
struct Float16 {
  std::uint16_t bits;

  Float16() = default;
  /// Rounds to nearest, ties to even.
  template <sixteen_bits::Arithmetic Number>
  [[gnu::always_inline]] explicit constexpr Float16(Number x)
      : bits(sixteen_bits::float16_bits(sixteen_bits::rounded_to_odd(x))) {}
  [[gnu::always_inline]] explicit constexpr Float16(float x) : bits(sixteen_bits::float16_bits(x)) {}
  /// The value, exactly.
  [[gnu::always_inline]] constexpr operator float() const { return sixteen_bits::float_of_float16(bits); }
};

}  // namespace heed
