// All of oneDNN behind two files, onednn.cpp and onednn_matmul.cpp: they compile with oneDNN 2.6 and 3.x, and call it
// sequentially, on the thread that asks.
#pragma once

#include <compare>
#include <cstdint>

#include "../../graph/float16.h"
#include "gemm.h"

namespace heed::kernels::onednn {

/// c = alpha op(a) op(b) + beta c by dnnl_sgemm; the bias is not added, and no size is 0.
void sgemm(const Gemm<float>& product);
/// Returns true if sgemm can be called: not after main, once oneDNN has destroyed the code that it generated.
bool has_sgemm();

/// Whether this CPU has instructions that multiply bfloat16, and HEED_ISA does not forbid them.
bool has_bfloat16();

/// The shape of c = a b (+ c) (+ bias) of bfloat16 with float32 sums. All rows lie without gaps.
///   a: [m, k], or with transpose_a [k, m];   b: [k, n], packed;   c: [m, n];   bias: [n]
/// b comes in panels of 64 columns, the last filled up with zeros; in a panel, terms 2 i and 2 i + 1 of a column lie
/// side by side: [n / 64][k / 2][64][2].
struct Bfloat16Product {
  std::int64_t m = 0, n = 0, k = 0;  // k is a multiple of terms, n at least columns
  bool transpose_a = false, accumulate = false, has_bias = false;
  auto operator<=>(const Bfloat16Product&) const = default;

  static constexpr std::int64_t columns = 64, terms = 32;
};
void multiply(const Bfloat16Product& shape, const Bfloat16* a, const Bfloat16* packed_b, const float* bias, float* c);

/// Whether this thread is inside one of oneDNN's functions, which malloc: for tests that count heed's own calls.
bool running();

}  // namespace heed::kernels::onednn
