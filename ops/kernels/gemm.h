// The one entry through which every matrix product goes: there precision acts, there the engine is chosen.
#pragma once

#include <cstdint>
#include <span>

namespace heed::kernels {

/// What a bias of a product has one value for.
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

/// Products of one shape, a, b and c each a fixed number of elements after the one before. A step of 0 uses one operand
/// for all; c's steps must not let products overlap.
struct Batch {
  std::int64_t count = 1, step_a = 0, step_b = 0, step_c = 0;
};

/// On all threads. Of float32 operands, under precision(bfloat16) and where the CPU can, the bfloat16 roundings are
/// multiplied (gemm_bfloat16.h). The cut follows from the shape alone, so the bits do not depend on the number of
/// threads.
void gemm(const Gemm<float>& product);
void gemm(const Gemm<double>& product);
void gemm(const Gemm<float>& first, const Batch& batch);
void gemm(const Gemm<double>& first, const Batch& batch);
/// Products of any shapes, whose results do not overlap: large ones one after the other, each on all threads; small
/// ones next to each other, each on one.
void gemm(std::span<const Gemm<float>> products);
void gemm(std::span<const Gemm<double>> products);

/// How often gemm was called since the program began: for tests of which gradients are computed.
std::int64_t products_computed();
/// The multiplications with an addition in all products so far: for profiles. Those that gemm and gemm_sequential do
/// not make are counted by who makes them.
std::int64_t multiply_adds();
void count_multiply_adds(std::int64_t count);

/// On this thread, in the operands' own precision: for use inside a chunk. The bits may differ from gemm's.
void gemm_sequential(const Gemm<float>& product);
void gemm_sequential(const Gemm<double>& product);

}  // namespace heed::kernels
