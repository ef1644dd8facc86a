// Shared types of ops on images and sequences: x is [batch, channels, height, width] or [batch, channels, length].
#pragma once

#include "../shape/view.h"

namespace heed {

/// A number for each of the two axes of an image: one for both, or {height, width}.
struct Pair {
  std::int64_t height, width;
  /// One number for both axes.
  constexpr Pair(std::int64_t both) : height(both), width(both) {}
  constexpr Pair(Size both) : Pair(both.value) {}
  /// Numbers of the two axes: {height, width}.
  constexpr Pair(std::int64_t of_rows, std::int64_t of_columns) : height(of_rows), width(of_columns) {}
};

namespace detail {

/// Converts a sequence to an image of height 1, and back.
inline Tensor with_height(const Tensor& x) {
  Shape shape = x.shape();
  shape.insert(2, 1);
  return reshape(x, shape);
}
inline Tensor without_height(const Tensor& y) { return reshape(y, {y.size(0), y.size(1), y.size(3)}); }

}  // namespace detail
}  // namespace heed
