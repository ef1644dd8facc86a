// Element types of tensors.
#pragma once

#include <cstdint>
#include <string_view>

#include "float16.h"

namespace heed {

/// Element type of a tensor. Differentiable ops take float32 and float64. Tensors of bfloat16 and float16 can be
/// stored, moved, compared and converted (cast, whose gradient is cast back); to compute with them, cast them. int32
/// and int64 are for indices and counts, boolean for conditions.
enum class DType : std::uint8_t { float32, float64, int32, int64, boolean, bfloat16, float16 };

/// Element types without DType:: in front.
inline constexpr DType float32 = DType::float32;
inline constexpr DType float64 = DType::float64;
inline constexpr DType int32 = DType::int32;
inline constexpr DType int64 = DType::int64;
inline constexpr DType boolean = DType::boolean;
inline constexpr DType bfloat16 = DType::bfloat16;
inline constexpr DType float16 = DType::float16;

/// Number of bytes of an element.
constexpr std::int64_t bytes(DType type) {
  switch (type) {
    case DType::float32:
    case DType::int32:
      return 4;
    case DType::float64:
    case DType::int64:
      return 8;
    case DType::bfloat16:
    case DType::float16:
      return 2;
    case DType::boolean:
      return 1;
  }
  return 0;
}

/// Name of the type as in error messages: "float32".
constexpr std::string_view name(DType type) {
  switch (type) {
    case DType::float32:
      return "float32";
    case DType::float64:
      return "float64";
    case DType::int32:
      return "int32";
    case DType::int64:
      return "int64";
    case DType::boolean:
      return "bool";
    case DType::bfloat16:
      return "bfloat16";
    case DType::float16:
      return "float16";
  }
  return "?";
}

/// Returns true for floating point types that ops compute with and that have gradients: float32 and float64.
constexpr bool is_floating(DType type) { return type == DType::float32 || type == DType::float64; }
/// Returns true for floating point types that are stored and converted, but not computed with: bfloat16 and float16.
constexpr bool is_stored_float(DType type) { return type == DType::bfloat16 || type == DType::float16; }

/// DType of a C++ type: dtype_of<float> is float32. Other types do not compile.
template <class T>
inline constexpr DType dtype_of = T::not_an_element_type;
template <>
inline constexpr DType dtype_of<float> = DType::float32;
template <>
inline constexpr DType dtype_of<double> = DType::float64;
template <>
inline constexpr DType dtype_of<std::int32_t> = DType::int32;
template <>
inline constexpr DType dtype_of<std::int64_t> = DType::int64;
template <>
inline constexpr DType dtype_of<bool> = DType::boolean;
template <>
inline constexpr DType dtype_of<Bfloat16> = DType::bfloat16;
template <>
inline constexpr DType dtype_of<Float16> = DType::float16;

}  // namespace heed
