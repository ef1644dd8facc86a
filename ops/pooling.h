// The largest element, or the mean, of windows that slide over sequences and images. float32 and float64.
#pragma once

#include "image.h"

namespace heed {

struct Pool1dOptions {
  std::int64_t stride = 0;     // how far the window moves; 0: by its length
  std::int64_t padding = 0;    // on each side, at most half the window
  std::int64_t dilation = 1;   // distance of the window's elements; the mean has none
  bool counts_padding = true;  // whether padding counts as zeros in the mean; to a maximum it is nothing
};

struct Pool2dOptions {
  Pair stride = 0;
  Pair padding = 0;
  Pair dilation = 1;
  bool counts_padding = true;
};

/// y[n, c, p] = max over i of x[n, c, p stride + i dilation - padding]; NaN if there is one. The gradient goes to the
/// first that is largest. The maximum of a window that lies in the padding alone, as dilation can have it, is
/// -infinity, without a gradient.
///   x: [batch, channels, length];  y: [batch, channels, (length + 2 padding - dilation (window - 1) - 1) / stride + 1]
Tensor max_pool1d(const Tensor& x, Size window, const Pool1dOptions& options = {});

/// The same over two axes:  x: [batch, channels, height, width].
Tensor max_pool2d(const Tensor& x, Pair window, const Pool2dOptions& options = {});

/// y[n, c, p] = mean over i of x[n, c, p stride + i - padding], shapes as for max_pool1d.
Tensor average_pool1d(const Tensor& x, Size window, const Pool1dOptions& options = {});

/// The same over two axes.
Tensor average_pool2d(const Tensor& x, Pair window, const Pool2dOptions& options = {});

/// The largest element, or the mean, of `length` windows that cover x evenly: place p has the elements from
/// floor(p n / length) to ceil((p + 1) n / length), n the length of x. With length 1 it is the pool of everything.
///   x: [batch, channels, n];  y: [batch, channels, length]
Tensor adaptive_max_pool1d(const Tensor& x, Size length);
Tensor adaptive_average_pool1d(const Tensor& x, Size length);

/// The same over two axes:  x: [batch, channels, height, width];  y: [batch, channels, lengths.down, lengths.along]
Tensor adaptive_max_pool2d(const Tensor& x, Pair lengths);
Tensor adaptive_average_pool2d(const Tensor& x, Pair lengths);

}  // namespace heed
