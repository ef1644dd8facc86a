// Depthwise convolutions with stride 1, which are too narrow for a matrix product. The padded image is stored as one
// line, in which an element of the window has the same offset at every position. So the sums of all positions are one
// long run, of which those that cross the end of a row are dropped.
#pragma once

#include "unfold.h"

namespace heed::kernels {

/// y[o] = bias[o] + the convolution of the image, [height, width], with weight[o], for o in [0, out). y: [out, places];
/// weight: [out, taps]; bias: [out], or null for 0. The strides must be 1.
template <class T>
void convolve_channel(const Windows& windows, const T* image, const T* weight, const T* bias, std::int64_t out, T* y);

/// Gradient of the image: the sum over o of weight[o, tap] dy[o, place] for all taps and places that read a pixel.
template <class T>
void channel_gradient(const Windows& windows, const T* dy, const T* weight, std::int64_t out, T* dimage);

/// Accumulates the gradient of the weight: the sum over places of dy[o, place] times the pixel that the tap reads
/// there.
template <class T>
void add_channel_weight_gradient(const Windows& windows, const T* image, const T* dy, std::int64_t out, T* dweight);

}  // namespace heed::kernels
