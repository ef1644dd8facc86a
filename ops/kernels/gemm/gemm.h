// Matrix products (GEMM). All products go through these functions, which apply the precision and choose the
// implementation.
#pragma once

#include <cstdint>
#include <span>

namespace heed::kernels {

/// Shape of the bias of a product: none, one value per row of c, or one per column.
enum class Bias { none, per_row, per_column };

/// c = alpha op(a) op(b) + beta c + bias, row-major, where op(a) is [m, k], op(b) is [k, n] and c is [m, n].
/// a is stored as [m, k], or transposed as [k, m], rows lda apart; b and c likewise. With beta = 0, c is not read.
template <class T>
struct Gemm {
  bool transpose_a = false, transpose_b = false;
  std::int64_t m = 0, n = 0, k = 0;
  const T* a = nullptr;
  std::int64_t lda = 0;
  const T* b = nullptr;
  std::int64_t ldb = 0;
  T* c = nullptr;
  std::int64_t ldc = 0;
  T alpha = 1, beta = 0;
  Bias bias_of = Bias::none;
  const T* bias = nullptr;  // m values or n
};

/// A batch of products of one shape. a, b and c of consecutive products are a step apart, in elements. A step of 0 uses
/// one operand for all products; the results must not overlap.
struct Batch {
  std::int64_t count = 1, step_a = 0, step_b = 0, step_c = 0;
};

/// Computes products on all threads. Under precision(bfloat16), float32 operands are rounded to bfloat16 if the CPU
/// supports it (gemm_bfloat16.h). Products are split by shape alone, so the bits do not depend on the number of
/// threads.
void gemm(const Gemm<float>& product);
void gemm(const Gemm<double>& product);
void gemm(const Gemm<float>& first, const Batch& batch);
void gemm(const Gemm<double>& first, const Batch& batch);
/// Computes products of any shapes, whose results must not overlap: large ones in sequence, each on all threads; small
/// ones in parallel, each on one thread.
void gemm(std::span<const Gemm<float>> products);
void gemm(std::span<const Gemm<double>> products);

/// Number of calls of gemm since the program started, for tests of which gradients are computed.
std::int64_t products_computed();
/// Number of multiply-adds of all products so far, for profiles. Code that computes products without gemm and
/// gemm_sequential adds theirs with count_multiply_adds.
std::int64_t multiply_adds();
void count_multiply_adds(std::int64_t count);

/// Computes a product on the calling thread, in the precision of the operands, for use inside a chunk. The bits may
/// differ from those of gemm.
void gemm_sequential(const Gemm<float>& product);
void gemm_sequential(const Gemm<double>& product);

}  // namespace heed::kernels
