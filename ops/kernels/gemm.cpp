#include "gemm.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <new>

#include "../../graph/executor.h"
#include "gemm64.h"
#include "onednn.h"
#include "table.h"

namespace heed::kernels {
namespace {

/// c = beta c + bias, without reading c where beta is 0.
template <class T>
void scale(const Gemm<T>& g) {
  for (std::int64_t i = 0; i < g.m; ++i) {
    T* row = g.c + i * g.ldc;
    const T row_bias = g.bias_of == Bias::per_row ? g.bias[i] : T{0};
    for (std::int64_t j = 0; j < g.n; ++j) {
      const T bias = g.bias_of == Bias::per_column ? g.bias[j] : row_bias;
      row[j] = g.beta == T{0} ? bias : g.beta * row[j] + bias;
    }
  }
}

/// Memory that a thread works in, aligned to cache lines: taken once, kept for as long as the thread lives.
double* workspace_of_this_thread() {
  constexpr std::align_val_t line{64};
  struct Free {
    void operator()(double* p) const { ::operator delete(p, line); }
  };
  thread_local const std::unique_ptr<double, Free> workspace{
      static_cast<double*>(::operator new(gemm64_workspace * sizeof(double), line))};
  return workspace.get();
}

void multiply(const Gemm<float>& g) { onednn::sgemm(g); }

void multiply(const Gemm<double>& g) {
  switch (instruction_set()) {
    case InstructionSet::baseline:
      return baseline::gemm64(g, workspace_of_this_thread());
    case InstructionSet::avx2:
      return avx2::gemm64(g, workspace_of_this_thread());
    case InstructionSet::avx512:
      return avx512::gemm64(g, workspace_of_this_thread());
  }
}

template <class T>
void sequential(Gemm<T> g) {
  if (g.m <= 0 || g.n <= 0) return;
  if (g.k <= 0 || g.bias_of != Bias::none) {
    scale(g);
    g.beta = 1;
  }
  if (g.k > 0) multiply(g);
}

/// The part of a product that makes rows [row, row + m) and columns [column, column + n) of c.
template <class T>
Gemm<T> part(Gemm<T> g, std::int64_t row, std::int64_t m, std::int64_t column, std::int64_t n) {
  g.a += row * (g.transpose_a ? 1 : g.lda);
  g.b += column * (g.transpose_b ? g.ldb : 1);
  g.c += row * g.ldc + column;
  if (g.bias_of == Bias::per_row) g.bias += row;
  if (g.bias_of == Bias::per_column) g.bias += column;
  g.m = m;
  g.n = n;
  return g;
}

template <class T>
void parallel_gemm(const Gemm<T>& first, const Batch& batch) {
  if (first.m <= 0 || first.n <= 0 || batch.count <= 0) return;
  const std::int64_t tile_m = std::min<std::int64_t>(first.m, 256), tile_n = std::min<std::int64_t>(first.n, 384);
  const std::int64_t down = (first.m + tile_m - 1) / tile_m, across = (first.n + tile_n - 1) / tile_n;
  parallel_chunks(batch.count * down * across, [&](std::int64_t chunk) {
    const std::int64_t product = chunk / (down * across), tile = chunk % (down * across);
    const std::int64_t row = tile / across * tile_m, column = tile % across * tile_n;
    Gemm<T> g = first;
    g.a += product * batch.step_a;
    g.b += product * batch.step_b;
    g.c += product * batch.step_c;
    sequential(part(g, row, std::min(tile_m, first.m - row), column, std::min(tile_n, first.n - column)));
  });
}

}  // namespace

void gemm(const Gemm<float>& product) { parallel_gemm(product, {}); }
void gemm(const Gemm<double>& product) { parallel_gemm(product, {}); }
void gemm(const Gemm<float>& first, const Batch& batch) { parallel_gemm(first, batch); }
void gemm(const Gemm<double>& first, const Batch& batch) { parallel_gemm(first, batch); }
void gemm_sequential(const Gemm<float>& product) { sequential(product); }
void gemm_sequential(const Gemm<double>& product) { sequential(product); }

}  // namespace heed::kernels
