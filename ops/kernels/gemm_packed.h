// heed's own matrix product, once for each instruction set: simd/gemm_packed.cpp. op(b) is packed once, by as many
// threads as there are; then any thread makes any part of c.
#pragma once

#include "gemm.h"
#include "registry.h"

namespace heed::kernels {

/// The functions on elements of type T for one instruction set.
template <class T>
struct PackedGemm {
  std::int64_t rows, columns;  // of the tile of c that lies in registers
  std::int64_t workspace;      // elements that multiply works in

  /// Packs columns [first, last) of op(b) into k (last - first) elements, the columns rounded up to whole tiles. Here
  /// first is a multiple of the tile's columns.
  void (*pack)(const Gemm<T>& product, std::int64_t first, std::int64_t last, T* packed);

  /// c = alpha op(a) op(b) + beta c + bias, with op(b) packed; k > 0; a bias per row is not added. The workspace begins
  /// at a cache line.
  void (*multiply)(const Gemm<T>& product, const T* packed_b, T* workspace);
};
HEED_DECLARE_KERNELS(PackedGemm<float>);
HEED_DECLARE_KERNELS(PackedGemm<double>);

}  // namespace heed::kernels
