// Matrix products of float32 operands that are rounded to bfloat16, with float32 sums and results.
#pragma once

#include "../../../graph/float16.h"
#include "../registry.h"
#include "../views.h"
#include "gemm.h"

namespace heed::kernels {

/// Returns true if this CPU multiplies bfloat16, with an instruction set that HEED_ISA allows (AVX-512 with bfloat16,
/// or AMX). The functions below require it.
bool has_bfloat16();

/// Computes products on all threads, split by shape alone, as gemm does.
void gemm_bfloat16(const Gemm<float>& product);
void gemm_bfloat16(const Gemm<float>& first, const Batch& batch);
/// Computes a product on the calling thread, for use inside a chunk. The bits are those of gemm_bfloat16.
void gemm_bfloat16_sequential(const Gemm<float>& product);

/// Packing of operands.
struct Bfloat16Kernels {
  /// y[i / 2, j, i % 2] = x[i, j] rounded, for up to 64 columns j; y is [ceil(rows / 2), 64, 2], the rest of it 0.
  void (*pack_pairs)(Block size, Rows<const float> x, Bfloat16* y);
};
HEED_DECLARE_KERNELS(Bfloat16Kernels);

}  // namespace heed::kernels
