// Sizes, shapes and strides.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace heed {

/// Integer hyperparameter without a default: a field of type Size that is left out does not compile, and a size_t
/// converts without a warning. Sums, differences and products of sizes do not overflow: they saturate at 2^62 and
/// -2^62, which no tensor's length can be.
struct Size {
  /// The number.
  std::int64_t value;
  /// Converts any integer.
  template <std::integral Integer>
  constexpr Size(Integer v) : value(static_cast<std::int64_t>(v)) {}
  /// Converts to the number.
  constexpr operator std::int64_t() const { return value; }

  /// Sum, difference or product, which saturates at 2^62 and -2^62.
  friend constexpr std::int64_t operator+(Size a, Size b) {
    std::int64_t sum = 0;
    return __builtin_add_overflow(a.value, b.value, &sum) ? limit(a < 0) : clamped(sum);
  }
  friend constexpr std::int64_t operator-(Size a, Size b) {
    std::int64_t difference = 0;
    return __builtin_sub_overflow(a.value, b.value, &difference) ? limit(a < 0) : clamped(difference);
  }
  friend constexpr std::int64_t operator*(Size a, Size b) {
    std::int64_t product = 0;
    return __builtin_mul_overflow(a.value, b.value, &product) ? limit((a < 0) != (b < 0)) : clamped(product);
  }
  /// Sum, difference or product with an integer.
  template <std::integral Integer>
  friend constexpr std::int64_t operator+(Size a, Integer b) {
    return a + Size(b);
  }
  template <std::integral Integer>
  friend constexpr std::int64_t operator+(Integer a, Size b) {
    return Size(a) + b;
  }
  template <std::integral Integer>
  friend constexpr std::int64_t operator-(Size a, Integer b) {
    return a - Size(b);
  }
  template <std::integral Integer>
  friend constexpr std::int64_t operator-(Integer a, Size b) {
    return Size(a) - b;
  }
  template <std::integral Integer>
  friend constexpr std::int64_t operator*(Size a, Integer b) {
    return a * Size(b);
  }
  template <std::integral Integer>
  friend constexpr std::int64_t operator*(Integer a, Size b) {
    return Size(a) * b;
  }

 private:
  static constexpr std::int64_t max = std::int64_t{1} << 62;
  static constexpr std::int64_t limit(bool negative) { return negative ? -max : max; }
  static constexpr std::int64_t clamped(std::int64_t exact) { return exact < -max ? -max : exact > max ? max : exact; }
};

/// Lengths of a tensor's axes, at most 8, stored inline. Also used for strides, in elements.
class Shape {
 public:
  /// Maximum number of axes.
  static constexpr int max_rank = 8;

  constexpr Shape() = default;
  /// Lengths of the axes: {2, 3}. Throws Error if there are more than max_rank.
  constexpr Shape(std::initializer_list<std::int64_t> lengths) : Shape(std::span(lengths.begin(), lengths.size())) {}
  /// Lengths of the axes. Throws Error if there are more than max_rank.
  constexpr explicit Shape(std::span<const std::int64_t> lengths) : rank_(checked_rank(lengths.size())) {
    for (int i = 0; i < rank_; ++i) lengths_[i] = lengths[static_cast<std::size_t>(i)];
  }

  /// Number of axes.
  constexpr int rank() const { return rank_; }
  /// Length of axis i; negative indices count from the last axis. The axis must exist.
  constexpr std::int64_t operator[](int i) const { return lengths_[i < 0 ? i + rank_ : i]; }
  constexpr std::int64_t& operator[](int i) { return lengths_[i < 0 ? i + rank_ : i]; }
  /// First length.
  constexpr const std::int64_t* begin() const { return lengths_; }
  /// End of the lengths.
  constexpr const std::int64_t* end() const { return lengths_ + rank_; }

  /// Number of elements: the product of the lengths; 1 for a scalar. Throws Error if the product of the lengths other
  /// than 0 does not fit in 64 bits, so that strides and products of some of the axes always fit.
  constexpr std::int64_t elements() const {
    std::int64_t product = 1;
    bool none = false;
    for (int i = 0; i < rank_; ++i) {
      if (lengths_[i] == 0)
        none = true;
      else if (__builtin_mul_overflow(product, lengths_[i], &product)) [[unlikely]]
        too_many_elements(*this);
    }
    return none ? 0 : product;
  }

  /// Appends an axis. Throws Error if there are max_rank axes.
  constexpr void push_back(std::int64_t length) {
    rank_ = checked_rank(static_cast<std::size_t>(rank_) + 1);
    lengths_[rank_ - 1] = length;
  }
  /// Inserts an axis before axis `axis` (at the end if it is rank()).
  constexpr void insert(int axis, std::int64_t length) {
    push_back(length);
    for (int i = rank_ - 1; i > axis; --i) lengths_[i] = lengths_[i - 1];
    lengths_[axis] = length;
  }
  /// Removes an axis.
  constexpr void erase(int axis) {
    for (int i = axis; i + 1 < rank_; ++i) lengths_[i] = lengths_[i + 1];
    --rank_;
  }

  /// Returns true if rank and lengths are equal.
  friend constexpr bool operator==(const Shape& a, const Shape& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i)
      if (a.lengths_[i] != b.lengths_[i]) return false;
    return true;
  }

 private:
  static constexpr int checked_rank(std::size_t rank) {
    if (rank > static_cast<std::size_t>(max_rank)) too_many_axes(rank);
    return static_cast<int>(rank);
  }
  [[noreturn]] static void too_many_axes(std::size_t rank);
  [[noreturn]] static void too_many_elements(const Shape& shape);

  std::int64_t lengths_[max_rank] = {};
  int rank_ = 0;
};

/// Formats a shape: "[2, 3]".
std::string to_string(const Shape& shape);

/// Row-major strides, in elements: the last axis has stride 1.
constexpr Shape contiguous_strides(const Shape& shape) {
  Shape strides = shape;
  std::int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[i] = step;
    step *= shape[i];
  }
  return strides;
}

/// Returns true if the strides are row-major without gaps. Strides of axes of length 1 are ignored.
constexpr bool is_contiguous(const Shape& shape, const Shape& strides) {
  std::int64_t step = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    if (shape[i] == 0) return true;
    if (shape[i] != 1 && strides[i] != step) return false;
    step *= shape[i];
  }
  return true;
}

}  // namespace heed
