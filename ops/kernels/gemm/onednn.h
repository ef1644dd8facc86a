// All calls of oneDNN, in onednn.cpp and onednn_matmul.cpp, which compile with oneDNN 2.6 and 3.x. oneDNN runs
// sequentially, on the calling thread.
#pragma once

#include <compare>
#include <cstdint>

#include "../../../graph/float16.h"
#include "gemm.h"

namespace heed::kernels::onednn {

/// Computes c = alpha op(a) op(b) + beta c by dnnl_sgemm. The bias is not added; no size may be 0.
void sgemm(const Gemm<float>& product);
/// Returns true if sgemm can be called, which is until oneDNN destroys its generated code, after main.
bool has_sgemm();

/// Returns true if this CPU has instructions that multiply bfloat16 and HEED_ISA allows them.
bool has_bfloat16();

/// The shape of c = a b (+ c) (+ bias) of bfloat16 with float32 sums. All matrices are contiguous.
///   a: [m, k], or with transpose_a [k, m];   b: [k, n], packed;   c: [m, n];   bias: [n]
/// b is packed in panels of 64 columns, the last padded with zeros; in a panel, terms 2 i and 2 i + 1 of a column are
/// adjacent: [n / 64][k / 2][64][2].
struct Bfloat16Product {
  std::int64_t m = 0, n = 0, k = 0;  // k is a multiple of terms, n at least columns
  bool transpose_a = false, accumulate = false, has_bias = false;
  auto operator<=>(const Bfloat16Product&) const = default;

  static constexpr std::int64_t columns = 64, terms = 32;
};
void multiply(const Bfloat16Product& shape, const Bfloat16* a, const Bfloat16* packed_b, const float* bias, float* c);

/// Returns true if the calling thread is inside a function of oneDNN, which calls malloc: for tests that count the
/// calls of heed.
bool running();

}  // namespace heed::kernels::onednn
