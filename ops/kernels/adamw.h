// One step of AdamW over a span of parameters, in one pass.  Loshchilov and Hutter 2019, arXiv:1711.05101.
//   g = gradient_scale * gradient;  m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
//   p = (1 - rate decay) p - rate (m / correction1) / (sqrt(v / correction2) + epsilon)
#pragma once

#include "registry.h"
#include "views.h"

namespace heed::kernels {

/// Settings of one step, shared by all parameters.
struct AdamWStep {
  double rate, beta1, beta2, epsilon, decay;
  double correction1, correction2;  // 1 - beta1^t and 1 - beta2^t in step t = 1, 2, ...
  double gradient_scale = 1;
};

template <class T>
struct AdamWKernels {
  void (*adamw)(const AdamWStep& step, T* p, const T* gradient, T* m, T* v, Index n);
};
HEED_DECLARE_KERNELS(AdamWKernels<float>);
HEED_DECLARE_KERNELS(AdamWKernels<double>);

}  // namespace heed::kernels
