// Harness of kernel tests: buffers that end at a protected page, loops over instruction sets, comparison with double.
#pragma once

#include <heed/ops/kernels/registry.h>
#include <heed/ops/kernels/views.h>
#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "catch.h"

namespace heed::kernels {

inline const std::vector<Index> sizes = {0, 1, 7, 8, 15, 16, 17, 33, 64, 100, 129, 300};
constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

/// Buffer of n elements that ends at a protected page: access past the end stops the program. The bytes before it are
/// checked in the destructor.
template <class T>
class Buffer {
 public:
  explicit Buffer(std::size_t n) : size_(n) {
    const std::size_t page = 4096;
    bytes_ = (n * sizeof(T) + page) / page * page + page;
    map_ = static_cast<std::byte*>(
        mmap(nullptr, bytes_ + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(map_ + bytes_, page, PROT_NONE);
    std::memset(map_, canary, bytes_);
    data_ = reinterpret_cast<T*>(map_ + bytes_ - n * sizeof(T));
    std::fill_n(data_, n, T{});
    bytes_ += page;
  }
  explicit Buffer(const std::vector<T>& values) : Buffer(values.size()) {
    std::copy(values.begin(), values.end(), data_);
  }
  Buffer(const Buffer& other) : Buffer(other.size_) { std::copy(other.begin(), other.end(), data_); }
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() {
    const std::byte* begin = reinterpret_cast<std::byte*>(data_);
    CHECK(std::all_of(map_, const_cast<std::byte*>(begin), [](std::byte b) { return b == std::byte{canary}; }));
    munmap(map_, bytes_);
  }

  T* data() { return data_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  std::size_t size() const { return size_; }

 private:
  static constexpr unsigned char canary = 0xA5;
  std::byte* map_;
  std::size_t bytes_, size_;
  T* data_;
};

/// Calls test(set) for each instruction set that this CPU supports.
template <class Test>
void on_each_set(Test test) {
  for (int set = 0; set <= static_cast<int>(best_instruction_set()); ++set) {
    INFO("instruction set " << name(static_cast<InstructionSet>(set)));
    test(static_cast<InstructionSet>(set));
  }
}

/// Returns n pseudo-random numbers between low and high; integers for integer types, 0 and 1 for bool.
template <class T>
Buffer<T> numbers(Index n, double low = -3, double high = 3, unsigned seed = 1) {
  Buffer<T> x(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < x.size(); ++i) {
    seed = seed * 1664525u + 1013904223u;
    const double value = low + (high - low) * (seed >> 8) / (1 << 24);
    if constexpr (std::is_same_v<T, bool>) {
      x[i] = value > (low + high) / 2;
    } else {
      x[i] = static_cast<T>(value);
    }
  }
  return x;
}

/// Checks that |actual - expected| <= tolerance * max(1, |expected|); NaN equals NaN, infinity equals infinity.
template <class Actual, class Expected>
void check_close(const Actual& actual, const Expected& expected, double tolerance) {
  std::size_t i = 0;
  auto a = std::begin(actual);
  REQUIRE(std::size(actual) == std::size(expected));
  for (const double e : expected) {
    const double value = static_cast<double>(*a++);
    const bool close = value == e || (std::isnan(value) && std::isnan(e)) ||
                       std::abs(value - e) <= tolerance * std::max(1.0, std::abs(e));
    if (!close) FAIL("element " << i << " is " << value << ", expected " << e);
    ++i;
  }
}

template <class T>
constexpr double rounding = std::is_same_v<T, float> ? 4e-6 : 1e-13;

inline std::size_t at(Index i) { return static_cast<std::size_t>(i); }

}  // namespace heed::kernels
