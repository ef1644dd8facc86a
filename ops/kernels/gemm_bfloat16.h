// Products of float32 matrices whose elements are first rounded to bfloat16. Sums and results are float32.
#pragma once

#include "../../graph/float16.h"
#include "gemm.h"
#include "registry.h"
#include "views.h"

namespace heed::kernels {

/// Whether this CPU can, by an instruction set that HEED_ISA allows (AVX-512 with bfloat16, or AMX). What follows may
/// only be called if so.
bool has_bfloat16();

/// As gemm: on all threads, cut by shape alone.
void gemm_bfloat16(const Gemm<float>& product);
void gemm_bfloat16(const Gemm<float>& first, const Batch& batch);
/// On this thread: for use inside a chunk. The same bits.
void gemm_bfloat16_sequential(const Gemm<float>& product);

/// The kernels that bring operands into place.
struct Bfloat16Kernels {
  /// y[i / 2, j, i % 2] = x[i, j] rounded, for up to 64 columns j; y is [ceil(rows / 2), 64, 2], the rest of it 0.
  void (*pack_pairs)(Block size, Rows<const float> x, Bfloat16* y);
};
HEED_DECLARE_KERNELS(Bfloat16Kernels);

}  // namespace heed::kernels
