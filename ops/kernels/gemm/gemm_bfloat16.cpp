#include "gemm_bfloat16.h"

#include "../elementwise.h"
#include "../rows.h"
#include "../workspace.h"
#include "gemm_parts.h"
#include "onednn.h"

namespace heed::kernels {
namespace {

using Product = onednn::Bfloat16Product;

// Rows are padded to multiples of this, and columns to multiples of Product::columns, so that a few primitives serve
// all shapes.
constexpr Index unit = 16;

Index round_up(Index x, Index to) { return ceiling(x, to) * to; }

/// Rounds n floats to bfloat16 and pads them with zeros to `all`.
void round_row(const float* x, Index n, Index all, Bfloat16* y) {
  cast<float, Bfloat16>({x}, y, n);
  std::fill(y + n, y + all, Bfloat16{});
}

/// Packs columns [first, last) of op(b) for onednn::multiply. first is a multiple of the columns of a panel.
void pack(const Gemm<float>& g, Index first, Index last, Bfloat16* packed) {
  const Index deep = round_up(g.k, Product::terms);
  for (Index j = first; j < last; j += Product::columns, packed += Product::columns * deep) {
    const Index n = std::min(Product::columns, last - j);
    if (!g.transpose_b) {
      get<Bfloat16Kernels>().pack_pairs({g.k, n}, {g.b + j, g.ldb}, packed);
      std::fill(packed + round_up(g.k, 2) * Product::columns, packed + deep * Product::columns, Bfloat16{});
      continue;
    }
    // The pairs of a column are contiguous already: transpose rows of pairs.
    Bfloat16* const rows = workspace<Workspace::chunk, Bfloat16>(Product::columns * deep);
    for (Index i = 0; i < n; ++i) round_row(g.b + (j + i) * g.ldb, g.k, deep, rows + i * deep);
    std::fill(rows + n * deep, rows + Product::columns * deep, Bfloat16{});
    get<RowKernels<std::int32_t>>().transpose({Product::columns, deep / 2},
                                              {reinterpret_cast<std::int32_t*>(rows), deep / 2},
                                              {reinterpret_cast<std::int32_t*>(packed), Product::columns});
  }
}

/// Rounds a as it is stored, [m, k] or transposed [k, m], with padding.
void round_a(const Gemm<float>& g, Index high, Index deep, Bfloat16* to) {
  const Index rows = g.transpose_a ? g.k : g.m, width = g.transpose_a ? g.m : g.k;
  const Index all_rows = g.transpose_a ? deep : high, all_width = g.transpose_a ? high : deep;
  constexpr Index ahead = 16, line = 16;  // hardware does not prefetch rows that are far apart
  for (Index i = 0; i < rows; ++i) {
    const float* row = g.a + i * g.lda;
    if (g.transpose_a)
      for (Index j = 0; j < width; j += line) __builtin_prefetch(row + ahead * g.lda + j);
    round_row(row, width, all_width, to + i * all_width);
  }
  std::fill(to + rows * all_width, to + all_rows * all_width, Bfloat16{});
}

/// c = alpha x + beta c + bias, where the rows of x are `stride` apart.
void update(const Gemm<float>& g, const float* x, Index stride) {
  for (Index i = 0; i < g.m; ++i, x += stride) {
    float* c = g.c + i * g.ldc;
    const float row_bias = g.bias_of == Bias::per_row ? g.bias[i] : 0;
    if (g.bias_of == Bias::per_column) {
      for (Index j = 0; j < g.n; ++j) c[j] = g.alpha * x[j] + g.bias[j] + (g.beta == 0 ? 0 : g.beta * c[j]);
    } else if (g.beta == 0) {
      for (Index j = 0; j < g.n; ++j) c[j] = g.alpha * x[j] + row_bias;
    } else {
      for (Index j = 0; j < g.n; ++j) c[j] = g.alpha * x[j] + row_bias + g.beta * c[j];
    }
  }
}

/// Product with a packed b, on the calling thread. Writes directly to c if no padding is needed, else to a tile that is
/// copied.
void multiply(const Gemm<float>& g, const Bfloat16* packed_b) {
  const Index high = round_up(g.m, unit), deep = round_up(g.k, Product::terms);
  const Index wide = round_up(g.n, Product::columns);
  const bool direct = g.m == high && g.ldc == g.n && g.n >= Product::columns && g.n % unit == 0 && g.alpha == 1 &&
                      (g.beta == 0 || g.beta == 1) && g.bias_of != Bias::per_row;
  const Index tile = direct ? 0 : high * wide;
  float* const x = workspace<Workspace::chunk, float>(tile + high * deep / 2);
  auto* const a = reinterpret_cast<Bfloat16*>(x + tile);
  round_a(g, high, deep, a);
  if (direct) {
    onednn::multiply({.m = g.m,
                      .n = g.n,
                      .k = deep,
                      .transpose_a = g.transpose_a,
                      .accumulate = g.beta == 1,
                      .has_bias = g.bias_of == Bias::per_column},
                     a, packed_b, g.bias, g.c);
  } else {
    onednn::multiply({.m = high, .n = wide, .k = deep, .transpose_a = g.transpose_a}, a, packed_b, nullptr, x);
    update(g, x, wide);
  }
}

/// Size of the part of c that one chunk computes: whole rows if that gives enough chunks, because c is then written
/// once.
struct Tile {
  Index rows, columns;
};
Tile tile_of(const Gemm<float>& g) {
  constexpr Index enough = 16;
  Tile tile{};
  for (const auto& [rows, columns] : {Tile{64, g.n}, {48, g.n}, {64, 512}, {32, 512}, {32, 256}}) {
    tile = {std::min(rows, g.m), part_size(g.n, columns, Product::columns)};
    if (ceiling(g.m, tile.rows) * ceiling(g.n, tile.columns) >= enough) break;
  }
  return tile;
}

/// Packs b on all threads, then computes c in tiles. The size of the packed part of b is bounded.
template <class Loop>
void product(const Gemm<float>& whole, const Loop& loop) {
  constexpr Index most_terms = 4096, most_packed = 1 << 22;  // elements
  const Index terms = part_size(whole.k, most_terms, Product::terms), wide = Product::columns;
  const Index columns = part_size(whole.n, most_packed / terms, wide);
  Bfloat16* const packed = workspace<Workspace::shared, Bfloat16>(columns * terms);
  in_turn(whole.k, terms, [&](Range k) {
    in_turn(whole.n, columns, [&](Range n) {
      const Gemm<float> g = part(whole, {0, whole.m}, n, k);
      const Index deep = round_up(g.k, Product::terms);
      const Index together = std::max<Index>(1, 32'768 / (wide * deep));
      loop(ceiling(ceiling(g.n, wide), together), [&](Index chunk) {
        const Index first = chunk * together * wide;
        pack(g, first, std::min(first + together * wide, g.n), packed + first * deep);
      });
      const Tile tile = tile_of(g);
      const Index across = ceiling(g.n, tile.columns);
      loop(ceiling(g.m, tile.rows) * across, [&](Index chunk) {
        const Index row = chunk / across * tile.rows, column = chunk % across * tile.columns;
        multiply(
            part(g, {row, std::min(row + tile.rows, g.m)}, {column, std::min(column + tile.columns, g.n)}, {0, g.k}),
            packed + column * deep);
      });
    });
  });
}

double nanoseconds(const Gemm<float>& g) {
  const double m = static_cast<double>(g.m), n = static_cast<double>(g.n), k = static_cast<double>(g.k);
  return 0.01 * m * n * k + 0.1 * k * (m + n);
}

/// c = beta c + bias, for an empty product.
void scale_and_add_bias(const Gemm<float>& g) {
  static constexpr float nothing[64] = {};
  for (Index j = 0; j < g.n; j += 64) {
    Gemm<float> piece = part(g, {0, g.m}, {j, std::min(j + 64, g.n)}, {0, 0});
    update(piece, nothing, 0);
  }
}

bool is_empty(const Gemm<float>& g) { return g.m == 0 || g.n == 0 || g.k == 0; }

void multiply_sequential(const Gemm<float>& g) { is_empty(g) ? scale_and_add_bias(g) : product(g, OnThisThread{}); }

}  // namespace

bool has_bfloat16() { return onednn::has_bfloat16(); }

void gemm_bfloat16(const Gemm<float>& g) {
  constexpr double small = 1e4;  // nanoseconds: not worth waking a thread
  if (is_empty(g) || nanoseconds(g) < small) return multiply_sequential(g);
  product(g, OnAllThreads{});
}

void gemm_bfloat16_sequential(const Gemm<float>& g) { multiply_sequential(g); }

void gemm_bfloat16(const Gemm<float>& first, const Batch& batch) {
  const auto at = [&](Index i) {
    Gemm<float> g = first;
    g.a += i * batch.step_a;
    g.b += i * batch.step_b;
    g.c += i * batch.step_c;
    return g;
  };
  // As gemm: large products in sequence, each on all threads; small ones in parallel, each on one thread.
  const double work = nanoseconds(first);
  constexpr double large = 1e6, small = 4e4;  // nanoseconds
  if (work > large || (work > small && batch.count < 8)) {
    for (Index i = 0; i < batch.count; ++i) gemm_bfloat16(at(i));
  } else {
    parallel(batch.count, work, [&](Range range) {
      for (Index i = range.begin; i < range.end; ++i) multiply_sequential(at(i));
    });
  }
}

}  // namespace heed::kernels
