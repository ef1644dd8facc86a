// Max and average pooling over sequences and images. float32 and float64.
#pragma once

#include "image.h"

namespace heed {

/// Options of pooling over sequences.
struct Pool1dOptions {
  std::int64_t stride = 0;        // step of the window; 0: its length
  std::int64_t padding = 0;       // on each side, at most half the window
  std::int64_t dilation = 1;      // spacing of the window's elements; only for max pooling
  bool count_include_pad = true;  // the mean includes padding as zeros; the maximum never does
};

/// Options of pooling over images: stride, padding and dilation for each axis, and count_include_pad, as in
/// Pool1dOptions.
struct Pool2dOptions {
  Pair stride = 0;
  Pair padding = 0;
  Pair dilation = 1;
  bool count_include_pad = true;
};

/// Max pooling:  y[n, c, p] = max over i of x[n, c, p stride + i dilation - padding]; NaN if an element is NaN. The
/// gradient goes to the first maximal element. A window entirely in the padding, possible with dilation, gives
/// -infinity and no gradient.
///   x: [batch, channels, length];  y: [batch, channels, (length + 2 padding - dilation (window - 1) - 1) / stride + 1]
Tensor max_pool1d(const Tensor& x, Size window, const Pool1dOptions& options = {});

/// Max pooling over images:  x: [batch, channels, height, width].
Tensor max_pool2d(const Tensor& x, Pair window, const Pool2dOptions& options = {});

/// Average pooling:  y[n, c, p] = mean over i of x[n, c, p stride + i - padding], shapes as for max_pool1d.
Tensor avg_pool1d(const Tensor& x, Size window, const Pool1dOptions& options = {});

/// Average pooling over images.
Tensor avg_pool2d(const Tensor& x, Pair window, const Pool2dOptions& options = {});

/// Adaptive pooling with `length` windows that cover x evenly: window p has the elements from floor(p n / length) to
/// ceil((p + 1) n / length), n the length of x. With length 1 it is global pooling.
///   x: [batch, channels, n];  y: [batch, channels, length]
Tensor adaptive_max_pool1d(const Tensor& x, Size length);
Tensor adaptive_avg_pool1d(const Tensor& x, Size length);

/// Adaptive pooling over images:  x: [batch, channels, height, width];  y: [batch, channels, lengths.height,
/// lengths.width]
Tensor adaptive_max_pool2d(const Tensor& x, Pair lengths);
Tensor adaptive_avg_pool2d(const Tensor& x, Pair lengths);

}  // namespace heed
