// Root mean square normalisation of rows:  y = scale * h,  h = x * inverse,
// inverse = 1 / sqrt(mean of x^2 + epsilon).  Zhang and Sennrich 2019, arXiv:1910.07467.
// x: [rows, width]; scale: [width]; inverse: [rows].
#pragma once

#include "registry.h"
#include "views.h"

namespace heed::kernels {

template <class T>
struct RmsNorm {
  Rows<const T> x;
  const T* scale;  // null: all 1
  T epsilon;
  Rows<T> y;   // may be x
  T* inverse;  // saved for the gradient
};

/// dx = inverse * (g - h * mean(g * h)),  g = scale * dy.
/// Accumulated: dscale += sum over rows of dy * h, row by row.
template <class T>
struct RmsNormBackward {
  Rows<const T> x, dy;
  const T* scale;  // null: all 1
  const T* inverse;
  Rows<T> dx;  // may be x or dy
  T* dscale;   // null: not computed
};

template <class T>
struct RmsNormKernels {
  void (*rms_norm)(Block size, const RmsNorm<T>& rows);
  void (*rms_norm_backward)(Block size, const RmsNormBackward<T>& rows);
};
HEED_DECLARE_KERNELS(RmsNormKernels<float>);
HEED_DECLARE_KERNELS(RmsNormKernels<double>);

}  // namespace heed::kernels
