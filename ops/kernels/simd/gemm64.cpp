// The product of float64 matrices, which oneDNN does not have. Blocks of b are packed to lie in the outer caches,
// blocks of a in the second, and a tile of c stays in registers: Goto and van de Geijn, "Anatomy of high-performance
// matrix multiplication", 2008.
#include "../gemm64.h"

namespace heed::kernels::HEED_TARGET {
namespace {

#if defined(__AVX512F__)
constexpr int lanes = 8, rows = 12, vectors = 2;  // 24 of 32 registers hold the tile
#elif defined(__AVX2__)
constexpr int lanes = 4, rows = 6, vectors = 2;  // 12 of 16
#else
constexpr int lanes = 2, rows = 4, vectors = 2;  // 8 of 16: without FMA a product needs a register of its own
#endif
constexpr int columns = lanes * vectors;

using Vector = double __attribute__((vector_size(lanes * sizeof(double))));
using UnalignedVector = double __attribute__((vector_size(lanes * sizeof(double)), aligned(sizeof(double))));

constexpr std::int64_t block_k = 192;                // a panel of b, block_k x columns, lies in the first cache
constexpr std::int64_t block_m = 96, block_n = 480;  // multiples of rows and columns for all three targets
static_assert(block_m % rows == 0 && block_n % columns == 0);
static_assert(block_k * (block_m + block_n) == gemm64_workspace);

inline std::int64_t smaller(std::int64_t x, std::int64_t y) { return x < y ? x : y; }

/// Panels of `width` outer elements, each [inner][width], filled up with zeros. Element (outer, inner) of the source is
/// source[outer * outer_step + inner * inner_step].
template <int width>
void pack(const double* source, std::int64_t outer_step, std::int64_t inner_step, std::int64_t outer,
          std::int64_t inner, double* panel) {
  for (std::int64_t begin = 0; begin < outer; begin += width, panel += width * inner) {
    const double* from = source + begin * outer_step;
    const std::int64_t count = smaller(width, outer - begin);
    if (count < width) {
      for (std::int64_t p = 0; p < inner; ++p)
        for (int i = 0; i < width; ++i) panel[p * width + i] = i < count ? from[i * outer_step + p * inner_step] : 0.0;
    } else if (outer_step == 1) {
      for (std::int64_t p = 0; p < inner; ++p)
        for (int i = 0; i < width; ++i) panel[p * width + i] = from[p * inner_step + i];
    } else {  // whole cache lines of the source, before the next row
      for (std::int64_t p = 0; p < inner; p += 8)
        for (int i = 0; i < width; ++i)
          for (std::int64_t q = p; q < smaller(p + 8, inner); ++q)
            panel[q * width + i] = from[i * outer_step + q * inner_step];
    }
  }
}

/// tile = a_panel b_panel over k, [rows][columns].
inline void multiply(std::int64_t k, const double* a, const double* b, Vector (&tile)[rows][vectors]) {
  for (auto& row : tile)
    for (auto& sum : row) sum = Vector{};
#pragma GCC unroll 1
  for (std::int64_t p = 0; p < k; ++p, a += rows, b += columns) {
    Vector right[vectors];
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) right[j] = *reinterpret_cast<const Vector*>(b + j * lanes);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) tile[i][j] += a[i] * right[j];
  }
}

/// One tile of c: c = alpha tile + beta c, of which the first `m` rows and `n` columns exist.
void add_tile(std::int64_t k, const double* a, const double* b, double alpha, double beta, double* c, std::int64_t ldc,
              std::int64_t m, std::int64_t n) {
  Vector tile[rows][vectors];
  multiply(k, a, b, tile);
  if (m >= rows && n >= columns) {
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) {
        auto* to = reinterpret_cast<UnalignedVector*>(c + i * ldc + j * lanes);
        *to = beta == 0.0 ? alpha * tile[i][j] : alpha * tile[i][j] + beta * *to;
      }
    return;
  }
  for (int i = 0; i < rows && i < m; ++i)
    for (int j = 0; j < columns && j < n; ++j) {
      double& to = c[i * ldc + j];
      const double sum = alpha * tile[i][j / lanes][j % lanes];
      to = beta == 0.0 ? sum : sum + beta * to;
    }
}

}  // namespace

void gemm64(const Gemm<double>& g, double* workspace) {
  double* const packed_a = workspace;
  double* const packed_b = workspace + block_k * block_m;
  const std::int64_t a_row = g.transpose_a ? 1 : g.lda, a_column = g.transpose_a ? g.lda : 1;
  const std::int64_t b_row = g.transpose_b ? 1 : g.ldb, b_column = g.transpose_b ? g.ldb : 1;
  for (std::int64_t column = 0; column < g.n; column += block_n)
    for (std::int64_t p = 0; p < g.k; p += block_k) {
      const std::int64_t n = smaller(block_n, g.n - column), k = smaller(block_k, g.k - p);
      pack<columns>(g.b + p * b_row + column * b_column, b_column, b_row, n, k, packed_b);
      for (std::int64_t row = 0; row < g.m; row += block_m) {
        const std::int64_t m = smaller(block_m, g.m - row);
        pack<rows>(g.a + row * a_row + p * a_column, a_row, a_column, m, k, packed_a);
        for (std::int64_t j = 0; j < n; j += columns)
          for (std::int64_t i = 0; i < m; i += rows)
            add_tile(k, packed_a + i * k, packed_b + j * k, g.alpha, p == 0 ? g.beta : 1.0,
                     g.c + (row + i) * g.ldc + column + j, g.ldc, m - i, n - j);
      }
    }
}

}  // namespace heed::kernels::HEED_TARGET
