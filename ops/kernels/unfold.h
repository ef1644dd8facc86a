// Windows that slide over images, as columns of a matrix: a convolution is then a matrix product.
//   columns[(c, i, j), (y, x)] = image[c, y * stride - padding + i * dilation, x * ... + j * ...], 0 outside the image
// image: [channels, height, width]; rows of the matrix go over channels and the window, columns over the places of the
// window, both in row-major order. Plain loops: the time goes into copies and the product.
#pragma once

#include <cstdint>

namespace heed::kernels {

/// One axis of the image and how the window moves along it.
struct WindowAxis {
  std::int64_t in = 1, out = 1;  // lengths of the image, and places of the window
  std::int64_t window = 1, stride = 1, padding = 0, dilation = 1;

  /// The place in the image that element `tap` of the window meets at place 0; it moves on by `stride`.
  std::int64_t start(std::int64_t tap) const { return tap * dilation - padding; }
};

struct Windows {
  WindowAxis down, along;

  std::int64_t taps() const { return down.window * along.window; }
  std::int64_t places() const { return down.out * along.out; }
  std::int64_t pixels() const { return down.in * along.in; }
};

/// The part [row, row + rows) x [place, place + places) of the matrix.
struct Columns {
  std::int64_t row, rows, place, places;
};

/// columns = that part of the matrix, places apart.
template <class T>
void unfold(const Windows& windows, const Columns& part, const T* image, T* columns);

/// Adds the part to the pixels that unfold took it from, row by row.
template <class T>
void fold(const Windows& windows, const Columns& part, const T* columns, T* image);

}  // namespace heed::kernels
