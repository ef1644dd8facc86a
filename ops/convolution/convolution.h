// Convolutions over sequences and images. float32 and float64. As usual in deep learning the window is not flipped:
// it is a cross-correlation.
#pragma once

#include "image.h"

namespace heed {

/// Options of conv1d.
struct Conv1dOptions {
  std::int64_t stride = 1;    // step of the window
  std::int64_t padding = 0;   // zeros on each side
  std::int64_t dilation = 1;  // spacing of the window's elements
  std::int64_t groups = 1;    // groups of channels: outputs of a group see only its inputs
};

/// Options of conv2d: stride, padding, dilation and groups as in Conv1dOptions, the first three for each axis.
struct Conv2dOptions {
  Pair stride = 1;
  Pair padding = 0;
  Pair dilation = 1;
  std::int64_t groups = 1;
};

/// Convolution over sequences:
///   y[n, o, p] = bias[o] + sum over c, i of weight[o, c, i] x[n, g + c, p stride + i dilation - padding]
/// where x is 0 outside its bounds, and g is the first input channel of the group of o.
///   x: [batch, channels, length];  weight: [out, channels / groups, window];  bias: [out], or an empty Tensor;
///   y: [batch, out, (length + 2 padding - dilation (window - 1) - 1) / stride + 1]
Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, const Conv1dOptions& options = {});

/// Convolution over images, as conv1d over two axes:
///   x: [batch, channels, height, width];  weight: [out, channels / groups, window height, window width];
///   y: [batch, out, ..., ...]
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, const Conv2dOptions& options = {});

/// Options of conv_transpose1d: stride, padding, dilation and groups of the conv1d that it transposes; output_padding:
/// number of elements added at the end of the output.
struct ConvTranspose1dOptions {
  std::int64_t stride = 1, padding = 0, output_padding = 0, dilation = 1, groups = 1;
};

/// Options of conv_transpose2d: stride, padding, output_padding and dilation for each axis, and groups, as in
/// ConvTranspose1dOptions.
struct ConvTranspose2dOptions {
  Pair stride = 1, padding = 0, output_padding = 0, dilation = 1;
  std::int64_t groups = 1;
};

/// Transposed convolution over sequences: the transposed linear map of conv1d, as in its gradient for x.
///   x: [batch, channels, length];  weight: [channels, out / groups, window];  bias: [out], or an empty Tensor;
///   y: [batch, out, (length - 1) stride - 2 padding + dilation (window - 1) + 1 + output_padding]
/// Zeiler et al. 2010, "Deconvolutional networks".
Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTranspose1dOptions& options = {});

/// Transposed convolution over images.
Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTranspose2dOptions& options = {});

}  // namespace heed
