// Layer normalisation of rows:  y = scale * h + bias,  h = (x - mean) * inverse_stddev,
// inverse_stddev = 1 / sqrt(mean of (x - mean)^2 + epsilon).  Ba, Kiros and Hinton 2016, arXiv:1607.06450.
// x: [rows, width]; scale, bias: [width]; mean, inverse_stddev: [rows].
#pragma once

#include "registry.h"
#include "views.h"

namespace heed::kernels {

template <class T>
struct LayerNorm {
  Rows<const T> x;
  const T* scale;  // null: all 1
  const T* bias;   // null: all 0
  T epsilon;
  Rows<T> y;          // may be x
  T* mean;            // saved for the gradient
  T* inverse_stddev;  // saved for the gradient
};

/// dx = inverse_stddev * (g - mean(g) - h * mean(g * h)),  g = scale * dy.
/// Accumulated: dscale += sum over rows of dy * h,  dbias += sum over rows of dy, row by row.
template <class T>
struct LayerNormBackward {
  Rows<const T> x, dy;
  const T* scale;  // null: all 1
  const T* mean;
  const T* inverse_stddev;
  Rows<T> dx;  // may be x or dy
  T* dscale;   // null: not computed
  T* dbias;    // null: not computed
};

template <class T>
struct LayerNormKernels {
  void (*layer_norm)(Block size, const LayerNorm<T>& rows);
  void (*layer_norm_backward)(Block size, const LayerNormBackward<T>& rows);
};
HEED_DECLARE_KERNELS(LayerNormKernels<float>);
HEED_DECLARE_KERNELS(LayerNormKernels<double>);

}  // namespace heed::kernels
