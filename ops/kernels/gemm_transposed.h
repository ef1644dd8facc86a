// Products of rows with rows, as a linear map is: the second matrix is stored transposed. Nothing is packed, which for
// few rows would cost more than the products.
#pragma once

#include "gemm.h"
#include "registry.h"

namespace heed::kernels {

template <class T>
struct TransposedKernels {
  /// c = alpha a b^T + beta c + bias, on this thread; a [m, k] and b [n, k] are read as they lie. A bias per row is not
  /// added. The order of each sum follows from k alone.
  void (*multiply_transposed)(const Gemm<T>& product);
};
HEED_DECLARE_KERNELS(TransposedKernels<float>);
HEED_DECLARE_KERNELS(TransposedKernels<double>);

}  // namespace heed::kernels
