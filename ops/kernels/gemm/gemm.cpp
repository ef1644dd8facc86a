#include "gemm.h"

#include <atomic>

#include "../../../graph/ambient.h"
#include "../../../graph/support/blocked_signals.h"
#include "../elementwise.h"
#include "../instruction_set.h"
#include "../workspace.h"
#include "gemm_bfloat16.h"
#include "gemm_packed.h"
#include "gemm_parts.h"
#include "gemm_transposed.h"
#include "onednn.h"

namespace heed::kernels {
namespace {

// One thread at 100 GFLOP/s. Fixed, so that products are split alike on every machine.
constexpr double nanoseconds_per_operation = 0.01;

template <class T>
double nanoseconds(const Gemm<T>& g) {
  constexpr double per_element_of_b = 0.1 * sizeof(T);  // with few rows, reading b dominates
  return static_cast<double>(g.n) * static_cast<double>(g.k) *
         (2 * nanoseconds_per_operation * static_cast<double>(g.m) + per_element_of_b);
}

/// c = beta c + bias, without reading c where beta is 0.
template <class T>
void scale(const Gemm<T>& g) {
  for (std::int64_t i = 0; i < g.m; ++i) {
    T* row = g.c + i * g.ldc;
    if (g.beta == T{0} && g.bias_of == Bias::per_column) {
      std::copy_n(g.bias, g.n, row);
      continue;
    }
    const T row_bias = g.bias_of == Bias::per_row ? g.bias[i] : T{0};
    for (std::int64_t j = 0; j < g.n; ++j) {
      const T bias = g.bias_of == Bias::per_column ? g.bias[j] : row_bias;
      row[j] = g.beta == T{0} ? bias : g.beta * row[j] + bias;
    }
  }
}

/// Adds the bias to c before a product that does not add one, which then accumulates into c.
template <class T>
void add_bias(Gemm<T>& g) {
  if (g.bias_of == Bias::none) return;
  scale(g);
  g.bias_of = Bias::none;
  g.beta = 1;
}

// ---- Packed product -----------------------------------------------------------------------------------------------

/// Size of the part of c that one chunk computes. Wide, because each chunk packs its block of a; but small enough to
/// keep many threads busy to the end.
struct Tile {
  std::int64_t rows, columns;
};
template <class T>
Tile tile_of(const Gemm<T>& g, std::int64_t unit) {
  constexpr std::int64_t enough = 16;
  Tile tile{};
  for (const auto& [rows, columns] : {Tile{96, 1024}, {48, 1024}, {48, 512}, {48, 256}}) {
    tile = {std::min(rows, g.m), part_size(g.n, columns, unit)};
    if (ceiling(g.m, tile.rows) * ceiling(g.n, tile.columns) >= enough) break;
  }
  return tile;
}

/// Packs b on all threads, then computes c in tiles. The size of the packed part of b is bounded.
template <class T, class Loop>
void packed_product(const Gemm<T>& whole, const Loop& loop) {
  constexpr std::int64_t most_terms = 4096, most_packed = 1 << 22;  // elements
  const PackedGemm<T>& own = get<PackedGemm<T>>();
  const std::int64_t terms = part_size(whole.k, most_terms, 1);
  const std::int64_t columns = part_size(whole.n, most_packed / terms, own.columns);
  T* const packed = workspace<Workspace::shared, T>(columns * terms);
  in_turn(whole.k, terms, [&](Range k) {
    in_turn(whole.n, columns, [&](Range n) {
      const Gemm<T> g = part(whole, {0, whole.m}, n, k);
      const std::int64_t panels = ceiling(g.n, own.columns);
      const std::int64_t together = std::max<std::int64_t>(1, 32'768 / (own.columns * g.k));
      loop(ceiling(panels, together), [&](std::int64_t chunk) {
        const std::int64_t first = chunk * together * own.columns;
        own.pack(g, first, std::min(first + together * own.columns, g.n), packed + first * g.k);
      });
      const Tile tile = tile_of(g, own.columns);
      const std::int64_t across = ceiling(g.n, tile.columns);
      loop(ceiling(g.m, tile.rows) * across, [&](std::int64_t chunk) {
        const std::int64_t row = chunk / across * tile.rows, column = chunk % across * tile.columns;
        Gemm<T> piece =
            part(g, {row, std::min(row + tile.rows, g.m)}, {column, std::min(column + tile.columns, g.n)}, {0, g.k});
        if (piece.bias_of == Bias::per_row) add_bias(piece);
        own.multiply(piece, packed + column * g.k, workspace<Workspace::chunk, T>(own.workspace));
      });
    });
  });
}

/// Product with a transposed b that is not packed.
template <class T>
void transposed_product(Gemm<T> g) {
  constexpr std::int64_t most_rows = 128, unit = 64;
  if (g.bias_of == Bias::per_row) add_bias(g);
  const std::int64_t rows = part_size(g.m, most_rows, 4), down = ceiling(g.m, rows), tiles = down * ceiling(g.n, unit);
  parallel(tiles, nanoseconds(g) / static_cast<double>(tiles), [&](Range range) {
    for (std::int64_t tile = range.begin; tile < range.end; ++tile) {
      const std::int64_t row = tile % down * rows, column = tile / down * unit;
      get<TransposedKernels<T>>().multiply_transposed(
          part(g, {row, std::min(row + rows, g.m)}, {column, std::min(column + unit, g.n)}, {0, g.k}));
    }
  });
}

// ---- oneDNN -------------------------------------------------------------------------------------------------------

void onednn_product(Gemm<float> g) {
  add_bias(g);
  onednn::sgemm(g);
}

/// Splits c along its longer side, into parts of about `unit` rows or columns.
void onednn_split(const Gemm<float>& g, std::int64_t unit) {
  const bool down = g.m > g.n;
  const std::int64_t side = down ? g.m : g.n, units = ceiling(side, unit);
  parallel(units, nanoseconds(g) / static_cast<double>(units), [&](Range range) {
    const Range cut{range.begin * unit, std::min(range.end * unit, side)};
    onednn_product(part(g, down ? cut : Range{0, g.m}, down ? Range{0, g.n} : cut, {0, g.k}));
  });
}

/// Splits k into parts of at most `most_terms` terms. Each chunk computes a partial c; these are summed pairwise, so
/// that long sums stay accurate.
void onednn_split_terms(const Gemm<float>& g, std::int64_t most_terms) {
  const std::int64_t terms = part_size(g.k, most_terms, 1), pieces = ceiling(g.k, terms), elements = g.m * g.n;
  float* const partial = workspace<Workspace::shared, float>(pieces * elements);
  parallel_chunks(pieces, [&](std::int64_t i) {
    Gemm<float> piece = part(g, {0, g.m}, {0, g.n}, {i * terms, std::min((i + 1) * terms, g.k)});
    piece.c = partial + i * elements;
    piece.ldc = g.n;
    piece.beta = 0;
    piece.bias_of = Bias::none;
    onednn::sgemm(piece);
  });
  parallel(g.m, 0.1 * static_cast<double>(g.n * pieces), [&](Range rows) {
    scale(part(g, rows, {0, g.n}, {0, 0}));
    for (std::int64_t row = rows.begin; row < rows.end; ++row) {
      const auto of_piece = [&](std::int64_t i) { return partial + i * elements + row * g.n; };
      for (std::int64_t step = 1; step < pieces; step *= 2)
        for (std::int64_t i = 0; i + step < pieces; i += 2 * step)
          get<NumberKernels<float>>().add_to({of_piece(i + step), 1}, of_piece(i), g.n);
      get<NumberKernels<float>>().add_to({of_piece(0), 1}, g.c + row * g.ldc, g.n);
    }
  });
}

/// onednn_split_terms on the calling thread: adds each partial c before the next one is computed.
void onednn_split_terms_sequential(const Gemm<float>& g, std::int64_t most_terms) {
  const std::int64_t terms = part_size(g.k, most_terms, 1);
  float* const partial = workspace<Workspace::chunk, float>(g.m * g.n);
  scale(g);
  in_turn(g.k, terms, [&](Range k) {
    Gemm<float> piece = part(g, {0, g.m}, {0, g.n}, k);
    piece.c = partial;
    piece.ldc = g.n;
    piece.beta = 0;
    piece.bias_of = Bias::none;
    onednn::sgemm(piece);
    for (std::int64_t row = 0; row < g.m; ++row)
      get<NumberKernels<float>>().add_to({partial + row * g.n, 1}, g.c + row * g.ldc, g.n);
  });
}

// ---- Choice -------------------------------------------------------------------------------------------------------

/// Returns true if a transposed b is best read without packing. A tile of 16 sums, which AVX-512 has for float, is as
/// good as packed operands except for short sums; smaller tiles are bound by their loads, and pay where packing does
/// not. On a Zen 4 with two threads and an uncached b (./run bench gemm_rows gemm64_rows), GFLOP/s of 234, compared
/// with the other ways:
///   m x 512 x 512, m = 4, 16, 32, 96, 1024: 55, 168, 203, 216, 219 vs 58, 119, 153, 188, 207
///   the same under AVX2, m = 16, 32, 64:    145, 148, 149 vs 98, 132, 168;  of double 59, 60, 61 vs 36, 52, 70
///   1024 x 64 x 512: 218 vs 97;  1024 x 8 x 512: 181 vs 70, under AVX2 156 vs 165, of double 78 vs 39
///   1024 x 512 x 128: 189 vs 201;  1024 x 1024 x 256: 206 vs 208;  1024 x 768 x 768: 221 vs 208
template <class T>
bool prefers_transposed(const Gemm<T>& g) {
  if (!g.transpose_b || g.transpose_a) return false;
  if (std::is_same_v<T, double>) return g.m <= 40 || g.n <= 16;
  if (instruction_set() == InstructionSet::avx512)
    return g.m >= 4 && (std::min(g.m, g.n) < 128 || (384 <= g.k && g.k <= 1536));
  return 2 <= g.m && g.m <= 40;
}

/// Returns true if blocking signals, which oneDNN's products need, would take as long as the product.
bool is_tiny(const Gemm<float>& g) {
  return g.m <= 32 && g.n * g.k <= 1024 && instruction_set() != InstructionSet::baseline;
}

constexpr std::int64_t very_long = 8192;

/// Returns true if there are few sums, of many terms each.
bool is_long_sum(const Gemm<float>& g) { return g.k >= very_long && g.k >= 16 * std::max(g.m, g.n); }

/// Returns true if the packed product is better than oneDNN. Measured on a Zen 4, one thread, in percent of its peak
/// (113 GFLOP/s):
///   1024x768x768, NN/NT/TN:     own 97/96/96 with AVX-512, 95/95/94 with AVX2; dnnl_sgemm 100/97/94 and 96/96/93
///   the same in 256x384 pieces: dnnl_sgemm 96/87/90, and 90/88/47 with AVX2; for 1024x768x3072 95/83/86, and 86/56/46
///   512x512x512:                own 95/95/92, and 92/93/91; dnnl_sgemm 101/97/101, and 65/96/70
///   16x768x768:                 own 54/38/54, and 67/32/66; dnnl_sgemm 98/65/102, and 92/76/91
///   96x768x768:                 own 94/84/95, and 91/73/93; dnnl_sgemm 103/94/104, and 96/97/95
/// oneDNN wins with a whole product, but threads need pieces. For each piece it packs b again, or under AVX2 reads it
/// unpacked, which is slow where rows are a multiple of 4 KiB apart. The packed product packs b once, which pays with
/// many rows; it packs a once per block of columns, which takes many columns, too. Where one side is much longer than
/// the others, such as a vocabulary, pieces along it are as good as the whole:
///   154x30522x128, NT:          own 67, dnnl_sgemm 74; with AVX2 66 and 70
///   30522x128x154, TN:          own 80, dnnl_sgemm 91; with AVX2 80 and 71
///   154x128x30522, NN:          own 74, dnnl_sgemm 91; with AVX2 68 and 82
void product(const Gemm<float>& g) {
  constexpr std::int64_t thick = 128;
  const std::int64_t shorter = std::min(g.m, g.n), longer = std::max(g.m, g.n);
  if (!onednn::has_sgemm()) return packed_product(g, OnAllThreads{});
  if (is_long_sum(g))
    onednn_split_terms(g, 2048);
  else if (prefers_transposed(g))
    transposed_product(g);
  else if (is_tiny(g))
    packed_product(g, OnThisThread{});
  else if (longer >= very_long && (longer == g.n || instruction_set() == InstructionSet::avx512))
    onednn_split(g, 1024);
  else if (shorter < thick)
    onednn_split(g, 64);  // with shorter ones, oneDNN's copies of the other operand take a noticeable time
  else
    packed_product(g, OnAllThreads{});
}
void product(const Gemm<double>& g) {
  if (prefers_transposed(g))
    transposed_product(g);
  else
    packed_product(g, OnAllThreads{});
}

void product_sequential(const Gemm<float>& g) {
  if (!onednn::has_sgemm()) return packed_product(g, OnThisThread{});
  if (is_long_sum(g))
    onednn_split_terms_sequential(g, 2048);
  else
    onednn_product(g);
}
void product_sequential(const Gemm<double>& g) { packed_product(g, OnThisThread{}); }

/// Returns true if the product is empty, after computing c = beta c + bias.
template <class T>
bool is_empty(const Gemm<T>& g) {
  if (g.m > 0 && g.n > 0 && g.k > 0) return false;
  scale(g);
  return true;
}

template <class T>
void gemm_of(const Gemm<T>& g) {
  if (!is_empty(g)) product(g);
}

template <class T>
void gemm_sequential_of(const Gemm<T>& g) {
  if (!is_empty(g)) product_sequential(g);
}

/// Large products run in sequence, each on all threads; small ones in parallel, each on one thread.
template <class T>
void gemm_of(const Gemm<T>& first, const Batch& batch) {
  const auto at = [&](std::int64_t i) {
    Gemm<T> g = first;
    g.a += i * batch.step_a;
    g.b += i * batch.step_b;
    g.c += i * batch.step_c;
    return g;
  };
  const double work = nanoseconds(first);
  constexpr double large = 2e6, small = 4e4;  // nanoseconds
  if (work > large || (work > small && batch.count < 8)) {
    for (std::int64_t i = 0; i < batch.count; ++i) gemm_of(at(i));
  } else {
    parallel(batch.count, work, [&](Range range) {
      const detail::BlockedSignals for_all;
      for (std::int64_t i = range.begin; i < range.end; ++i) gemm_sequential_of(at(i));
    });
  }
}

/// Products of several shapes: large ones by of_one on all threads, small ones in parallel by of_small.
template <class T>
void gemm_of(std::span<const Gemm<T>> all, void (*of_one)(const Gemm<T>&), void (*of_small)(const Gemm<T>&)) {
  constexpr double large = 1e6;  // nanoseconds
  double work = 0;
  std::int64_t count = 0;
  for (const Gemm<T>& g : all) {
    if (nanoseconds(g) > large) {
      of_one(g);
    } else {
      work += nanoseconds(g) + 500;
      ++count;
    }
  }
  if (count == 0) return;
  const auto products = static_cast<std::int64_t>(all.size());
  parallel(products, work / static_cast<double>(count), [&](Range range) {
    const detail::BlockedSignals for_all;
    for (std::int64_t i = range.begin; i < range.end; ++i)
      if (const Gemm<T>& g = all[static_cast<std::size_t>(i)]; nanoseconds(g) <= large) of_small(g);
  });
}

std::atomic<std::int64_t> products{0}, adds{0};

template <class T>
void count_adds(const Gemm<T>& g, std::int64_t times) {
  count_multiply_adds(g.m * g.n * g.k * times);
}
inline std::int64_t times() { return 1; }
inline std::int64_t times(const Batch& batch) { return batch.count; }

/// Counts a product and computes it in the precision of the calling thread.
template <class T, class... Batched>
void counted(const Gemm<T>& g, const Batched&... batch) {
  products.fetch_add(1, std::memory_order_relaxed);
  count_adds(g, times(batch...));
  if constexpr (std::is_same_v<T, float>)
    if (ambient().precision == DType::bfloat16 && has_bfloat16()) return gemm_bfloat16(g, batch...);
  gemm_of(g, batch...);
}
template <class T>
void counted(std::span<const Gemm<T>> all) {
  products.fetch_add(1, std::memory_order_relaxed);
  for (const Gemm<T>& g : all) count_adds(g, 1);
  if constexpr (std::is_same_v<T, float>)
    if (ambient().precision == DType::bfloat16 && has_bfloat16())
      return gemm_of<T>(all, gemm_bfloat16, gemm_bfloat16_sequential);
  gemm_of<T>(all, gemm_of<T>, gemm_sequential_of<T>);
}
template <class T>
void counted_sequential(const Gemm<T>& g) {
  count_adds(g, 1);
  gemm_sequential_of(g);
}

}  // namespace

std::int64_t products_computed() { return products.load(std::memory_order_relaxed); }
std::int64_t multiply_adds() { return adds.load(std::memory_order_relaxed); }
void count_multiply_adds(std::int64_t count) { adds.fetch_add(count, std::memory_order_relaxed); }

void gemm(const Gemm<float>& g) { counted(g); }
void gemm(const Gemm<double>& g) { counted(g); }
void gemm(const Gemm<float>& first, const Batch& batch) { counted(first, batch); }
void gemm(const Gemm<double>& first, const Batch& batch) { counted(first, batch); }
void gemm(std::span<const Gemm<float>> all) { counted(all); }
void gemm(std::span<const Gemm<double>> all) { counted(all); }
void gemm_sequential(const Gemm<float>& g) { counted_sequential(g); }
void gemm_sequential(const Gemm<double>& g) { counted_sequential(g); }

}  // namespace heed::kernels
