// The sequential product of float64 matrices, once for each instruction set: simd/gemm64.cpp.
#pragma once

#include "gemm.h"

namespace heed::kernels {

/// How many doubles gemm64 works in: a packed block of a and one of b.
inline constexpr std::int64_t gemm64_workspace = 192 * (96 + 480);

/// c = alpha op(a) op(b) + beta c; k > 0, the bias is not added. The workspace begins at a cache line.
namespace baseline {
void gemm64(const Gemm<double>& product, double* workspace);
}
namespace avx2 {
void gemm64(const Gemm<double>& product, double* workspace);
}
namespace avx512 {
void gemm64(const Gemm<double>& product, double* workspace);
}

}  // namespace heed::kernels
