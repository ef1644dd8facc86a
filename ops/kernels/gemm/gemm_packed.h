// heed's own matrix product, implemented in simd/gemm_packed.cpp. op(b) is packed once, by all threads; then any thread
// computes any part of c.
#pragma once

#include "../registry.h"
#include "gemm.h"

namespace heed::kernels {

/// Matrix product of elements of type T.
template <class T>
struct PackedGemm {
  std::int64_t rows, columns;  // size of the tile of c that is held in registers
  std::int64_t workspace;      // number of elements of the workspace of multiply

  /// Packs columns [first, last) of op(b) into k (last - first) elements, the columns rounded up to whole tiles. first
  /// is a multiple of the tile's columns.
  void (*pack)(const Gemm<T>& product, std::int64_t first, std::int64_t last, T* packed);

  /// c = alpha op(a) op(b) + beta c + bias, with op(b) packed; k > 0; a bias per row is not added. The workspace is
  /// aligned to a cache line.
  void (*multiply)(const Gemm<T>& product, const T* packed_b, T* workspace);
};
HEED_DECLARE_KERNELS(PackedGemm<float>);
HEED_DECLARE_KERNELS(PackedGemm<double>);

}  // namespace heed::kernels
