// Gated linear units: y = f(gate) * up. Each kernel takes n elements; inputs are runs of any stride, outputs are
// contiguous. The bits of an element do not depend on how a run is split.
#pragma once

#include "elementwise.h"
#include "registry.h"

namespace heed::kernels {

enum class Gate { sigmoid, relu, silu, gelu, count };

/// For float and double.
template <class T>
struct GatedKernels {
  PerOp<Gate, void (*)(Run<const T> gate, Run<const T> up, T* y, Index n)> gated;
  /// dgate = dy * up * f'(gate),  dup = dy * f(gate)
  PerOp<Gate, void (*)(Run<const T> dy, Run<const T> gate, Run<const T> up, T* dgate, T* dup, Index n)> gated_backward;
};
HEED_DECLARE_KERNELS(GatedKernels<float>);
HEED_DECLARE_KERNELS(GatedKernels<double>);

}  // namespace heed::kernels
