// im2col: the windows of a convolution as columns of a matrix, so that the convolution is a matrix product.
//   columns[(c, i, j), (y, x)] = image[c, y * stride - padding + i * dilation, x * ... + j * ...], 0 outside the image
// image: [channels, height, width]; rows of the matrix are channels and elements of the window, columns are places
// (positions of the window), both in row-major order. Plain loops: copies and the product take most of the time.
#pragma once

#include <cstdint>

namespace heed::kernels {

/// An axis of the image and of the window.
struct WindowAxis {
  std::int64_t in = 1, out = 1;  // length of the image, number of places
  std::int64_t window = 1, stride = 1, padding = 0, dilation = 1;

  /// Returns the coordinate in the image that element `tap` of the window reads at place 0. It grows by `stride` per
  /// place.
  std::int64_t start(std::int64_t tap) const { return tap * dilation - padding; }
};

struct Windows {
  WindowAxis height, width;

  std::int64_t taps() const { return height.window * width.window; }
  std::int64_t places() const { return height.out * width.out; }
  std::int64_t pixels() const { return height.in * width.in; }
};

/// The part [row, row + rows) x [place, place + places) of the matrix.
struct Columns {
  std::int64_t row, rows, place, places;
};

/// columns = the part of the matrix, with rows `places` apart.
template <class T>
void unfold(const Windows& windows, const Columns& part, const T* image, T* columns);

/// Adds the part to the pixels that unfold copies it from, row by row.
template <class T>
void fold(const Windows& windows, const Columns& part, const T* columns, T* image);

}  // namespace heed::kernels
