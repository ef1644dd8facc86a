// Convolutions of single channels with stride 1, which are too narrow for a matrix product. The image lies with its
// padding in one line, where an element of the window has the same distance from every place that the window takes. So
// the sums of all places are one long run; those of places that reach over a row's end are left out.
#pragma once

#include "unfold.h"

namespace heed::kernels {

/// y[o] = bias[o] + the convolution of the image, [height, width], with weight[o], for o in [0, out). y: [out, places];
/// weight: [out, taps]; bias: [out], or null for 0. The strides must be 1.
template <class T>
void convolve_channel(const Windows& windows, const T* image, const T* weight, const T* bias, std::int64_t out, T* y);

/// The gradient of the image: sum over o of weight[o, tap] dy[o, place] for each tap and place that meet in a pixel.
template <class T>
void channel_gradient(const Windows& windows, const T* dy, const T* weight, std::int64_t out, T* dimage);

/// Adds the gradient of the weight: the sum over places of dy[o, place] and the pixel that the tap meets there.
template <class T>
void add_channel_weight_gradient(const Windows& windows, const T* image, const T* dy, std::int64_t out, T* dweight);

}  // namespace heed::kernels
