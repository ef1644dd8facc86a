// Matrix products with a transposed second matrix, as in a linear layer. Nothing is packed: for few rows packing would
// cost more than the products.
#pragma once

#include "../registry.h"
#include "gemm.h"

namespace heed::kernels {

template <class T>
struct TransposedKernels {
  /// c = alpha a b^T + beta c + bias, on the calling thread, without packing a [m, k] and b [n, k]. A bias per row is
  /// not added. The order of each sum depends only on k.
  void (*multiply_transposed)(const Gemm<T>& product);
};
HEED_DECLARE_KERNELS(TransposedKernels<float>);
HEED_DECLARE_KERNELS(TransposedKernels<double>);

}  // namespace heed::kernels
