// Checked arithmetic of sizes for the library's ops: sizes computed from users' numbers may not fit in 64 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "../fail.h"
#include "../tensor.h"
#include "machine_memory.h"

namespace heed::detail {

[[noreturn, gnu::cold, gnu::noinline]] inline void size_overflows(const char* op, std::int64_t a, char sign,
                                                                  std::int64_t b, const Tensor& x) {
  const std::string of_x = x ? fmt::format("x is {}, and ", to_string(x.shape())) : "";
  fail("{}: {}a size of {} {} {} was asked for, which does not fit in 64 bits", op, of_x, a, sign, b);
}
/// Returns a + b. Throws Error, in the name of the op, if it does not fit in 64 bits. The error gives the shape of x,
/// the tensor that the size depends on, if there is one.
inline std::int64_t add_sizes(const char* op, std::int64_t a, std::int64_t b, const Tensor& x = {}) {
  std::int64_t sum;
  if (__builtin_add_overflow(a, b, &sum)) [[unlikely]]
    size_overflows(op, a, '+', b, x);
  return sum;
}

/// Returns a - b, checked like add_sizes.
inline std::int64_t subtract_sizes(const char* op, std::int64_t a, std::int64_t b, const Tensor& x = {}) {
  std::int64_t difference;
  if (__builtin_sub_overflow(a, b, &difference)) [[unlikely]]
    size_overflows(op, a, '-', b, x);
  return difference;
}

/// Returns a * b, checked like add_sizes.
inline std::int64_t multiply_sizes(const char* op, std::int64_t a, std::int64_t b, const Tensor& x = {}) {
  std::int64_t product;
  if (__builtin_mul_overflow(a, b, &product)) [[unlikely]]
    size_overflows(op, a, '*', b, x);
  return product;
}

/// Returns the length of a vector of `count` elements of `bytes` bytes each. Throws Error, in the name of the op, if
/// the count is negative or the vector exceeds machine_memory().
inline std::size_t vector_length(const char* op, std::int64_t count, std::size_t bytes) {
  if (count < 0 || count > machine_memory() / static_cast<std::int64_t>(bytes)) [[unlikely]]
    fail("{}: {} items of {} bytes were asked for, which do not fit in the {} bytes of memory there are", op, count,
         bytes, machine_memory());
  return static_cast<std::size_t>(count);
}

}  // namespace heed::detail
