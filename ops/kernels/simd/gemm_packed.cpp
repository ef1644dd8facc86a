// A tile of c stays in registers, a panel of packed b in the first cache, a block of packed a in the second:
// Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008.
#include "../gemm/gemm_packed.h"

namespace heed::kernels::HEED_TARGET {
namespace {

using Index = std::int64_t;

#if defined(__AVX512F__)
constexpr int register_bytes = 64, rows = 12, vectors = 2;  // the tile takes 24 of 32 registers
#elif defined(__AVX2__)
constexpr int register_bytes = 32, rows = 6, vectors = 2;  // 12 of 16
#else
constexpr int register_bytes = 16, rows = 4, vectors = 2;  // 8 of 16: without FMA a product needs another register
#endif

template <class T>
constexpr int lanes = register_bytes / static_cast<int>(sizeof(T));
template <class T>
constexpr int columns = lanes<T> * vectors;

// Updating a tile of c is cheap compared with block_k steps. Blocks of 256 to 512 are equally fast on a Zen 4; 128
// costs 5 %.
constexpr Index block_m = 96;  // a multiple of the rows of all targets: a block of a is at most 288 KiB
constexpr Index block_k = 384;
static_assert(block_m % rows == 0);

template <class T>
struct Register;
template <>
struct Register<float> {
  using Vector = float __attribute__((vector_size(register_bytes)));
  using Four = float __attribute__((vector_size(4 * sizeof(float))));
};
template <>
struct Register<double> {
  using Vector = double __attribute__((vector_size(register_bytes)));
  using Four = double __attribute__((vector_size(4 * sizeof(double))));
};
template <class T>
using Vector = typename Register<T>::Vector;

/// Unaligned load and store.
template <class V>
inline V load(const void* from) {
  V x;
  __builtin_memcpy(&x, from, sizeof x);
  return x;
}
template <class V>
inline void store(void* to, const V& x) {
  __builtin_memcpy(to, &x, sizeof x);
}

inline Index smaller(Index x, Index y) { return x < y ? x : y; }

/// Returns the size of the blocks when `all` is split into equal blocks of at most `most`.
inline Index block_size(Index all, Index most) {
  const Index blocks = (all + most - 1) / most;
  return (all + blocks - 1) / blocks;
}

/// to[q * step + i] = from[i * from_step + q] for i and q below 4.
template <class T>
inline void transpose_4x4(const T* from, Index from_step, T* to, Index step) {
  using Four = typename Register<T>::Four;
  Four x[4];
  for (int i = 0; i < 4; ++i) __builtin_memcpy(&x[i], from + i * from_step, sizeof(Four));
  const Four low01 = __builtin_shufflevector(x[0], x[1], 0, 4, 1, 5),
             low23 = __builtin_shufflevector(x[2], x[3], 0, 4, 1, 5);
  const Four high01 = __builtin_shufflevector(x[0], x[1], 2, 6, 3, 7),
             high23 = __builtin_shufflevector(x[2], x[3], 2, 6, 3, 7);
  const Four y[4] = {
      __builtin_shufflevector(low01, low23, 0, 1, 4, 5), __builtin_shufflevector(low01, low23, 2, 3, 6, 7),
      __builtin_shufflevector(high01, high23, 0, 1, 4, 5), __builtin_shufflevector(high01, high23, 2, 3, 6, 7)};
  for (int q = 0; q < 4; ++q) store(to + q * step, y[q]);
}

/// One panel, [inner][width], where source[i * step + p] goes to [p][i].
template <int width, class T>
void pack_transposed(const T* source, Index step, Index inner, T* __restrict panel) {
  constexpr int quads = width / 4 * 4;
  constexpr Index line = 64 / sizeof(T);  // whole cache lines of a source row before the next row
  for (Index p = 0; p < inner; p += line) {
    const Index end = smaller(p + line, inner);
    for (int i = 0; i < quads; i += 4) {
      Index q = p;
      for (; q + 4 <= end; q += 4) transpose_4x4(source + i * step + q, step, panel + q * width + i, width);
      for (; q < end; ++q)
        for (int r = i; r < i + 4; ++r) panel[q * width + r] = source[r * step + q];
    }
    for (int i = quads; i < width; ++i)
      for (Index q = p; q < end; ++q) panel[q * width + i] = source[i * step + q];
  }
}

/// Panels of `width` outer elements each, [inner][width], the last padded with zeros. Element (outer, inner) of the
/// source is source[outer * outer_step + inner * inner_step], and one of the steps is 1.
template <int width, class T>
void pack_panels(const T* source, Index outer_step, Index inner_step, Index outer, Index inner, T* panels) {
  const Index whole = outer / width * width;
  if (outer_step == 1) {       // whole rows of the source in turn, since the next one may be in another page
    constexpr int ahead = 16;  // hardware does not prefetch such long strides
    for (Index p = 0; p < inner; ++p)
      for (Index begin = 0; begin < whole; begin += width) {
        T* __restrict to = panels + begin * inner + p * width;
        const T* __restrict from = source + p * inner_step + begin;
        __builtin_prefetch(from + ahead * inner_step);
        __builtin_prefetch(from + ahead * inner_step + width - 1);
        for (int i = 0; i < width; ++i) to[i] = from[i];
      }
  } else {
    for (Index begin = 0; begin < whole; begin += width)
      pack_transposed<width>(source + begin * outer_step, outer_step, inner, panels + begin * inner);
  }
  if (whole == outer) return;
  for (Index p = 0; p < inner; ++p)
    for (int i = 0; i < width; ++i)
      panels[whole * inner + p * width + i] =
          whole + i < outer ? source[(whole + i) * outer_step + p * inner_step] : T{0};
}

/// tile = the first `height` rows of a b over k, with a [k][rows] and b [k][columns].
template <int height, class T>
inline void multiply_panels(Index k, const T* a, const T* b, Vector<T> (&tile)[height][vectors]) {
#pragma GCC unroll 16
  for (int i = 0; i < height; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) tile[i][j] = Vector<T>{};
#pragma GCC unroll 1
  for (Index p = 0; p < k; ++p, a += rows, b += columns<T>) {
    Vector<T> right[vectors];
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) right[j] = load<Vector<T>>(b + j * lanes<T>);
#pragma GCC unroll 16
    for (int i = 0; i < height; ++i) {
      const Vector<T> left = a[i] - Vector<T>{};
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) tile[i][j] += left * right[j];
    }
  }
}

/// c = alpha a b + beta c + bias for the first `height` rows of a tile of c, of which m rows and n columns exist; bias:
/// a value for each column, or null.
template <int height, class T>
void update_rows(Index k, const T* a, const T* b, T alpha, T beta, const T* bias, T* c, Index ldc, Index m, Index n) {
  for (Index i = 0; i < smaller(height, m); ++i) {
    __builtin_prefetch(c + i * ldc, 1);
    __builtin_prefetch(c + i * ldc + columns<T> - 1, 1);
  }
  Vector<T> tile[height][vectors];
  multiply_panels<height>(k, a, b, tile);
  if (m >= height && n >= columns<T>) {
    Vector<T> shift[vectors];
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) shift[j] = bias ? load<Vector<T>>(bias + j * lanes<T>) : Vector<T>{};
#pragma GCC unroll 16
    for (int i = 0; i < height; ++i)
#pragma GCC unroll 4
      for (int j = 0; j < vectors; ++j) {
        T* to = c + i * ldc + j * lanes<T>;
        const Vector<T> sum = alpha * tile[i][j] + shift[j];
        store<Vector<T>>(to, beta == T{0} ? sum : sum + beta * load<Vector<T>>(to));
      }
    return;
  }
  alignas(register_bytes) T spilled[height][columns<T>];
#pragma GCC unroll 16
  for (int i = 0; i < height; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < vectors; ++j) store<Vector<T>>(&spilled[i][j * lanes<T>], alpha * tile[i][j]);
  for (Index i = 0; i < smaller(height, m); ++i)
    for (Index j = 0; j < smaller(columns<T>, n); ++j) {
      T& to = c[i * ldc + j];
      const T sum = bias ? spilled[i][j] + bias[j] : spilled[i][j];
      to = beta == T{0} ? sum : sum + beta * to;
    }
}

/// update_rows for the rows that exist, so that a few rows at the end are cheap.
template <class T>
void update_tile(Index k, const T* a, const T* b, T alpha, T beta, const T* bias, T* c, Index ldc, Index m, Index n) {
  if constexpr (rows > 4)
    if (m <= 4) return update_rows<4>(k, a, b, alpha, beta, bias, c, ldc, m, n);
  if constexpr (rows > 8)
    if (m <= 8) return update_rows<8>(k, a, b, alpha, beta, bias, c, ldc, m, n);
  update_rows<rows>(k, a, b, alpha, beta, bias, c, ldc, m, n);
}

template <class T>
void pack(const Gemm<T>& g, Index first, Index last, T* packed) {
  const Index across = g.transpose_b ? g.ldb : 1, down = g.transpose_b ? 1 : g.ldb;
  for (Index j = first; j < last;
       j += columns<T>, packed += columns<T> * g.k)  // one panel at a time: one stream of stores
    pack_panels<columns<T>>(g.b + j * across, across, down, smaller(columns<T>, last - j), g.k, packed);
}

template <class T>
void multiply(const Gemm<T>& g, const T* packed_b, T* packed_a) {
  const Index across = g.transpose_a ? g.lda : 1, down = g.transpose_a ? 1 : g.lda;
  const Index deep = block_size(g.k, block_k), high = block_m;
  for (Index row = 0; row < g.m; row += high)
    for (Index p = 0; p < g.k; p += deep) {
      const Index m = smaller(high, g.m - row), k = smaller(deep, g.k - p);
      pack_panels<rows>(g.a + row * down + p * across, down, across, m, k, packed_a);
      const T beta = p == 0 ? g.beta : T{1};
      const T* bias = p == 0 && g.bias_of == Bias::per_column ? g.bias : nullptr;
      for (Index j = 0; j < g.n; j += columns<T>)
        for (Index i = 0; i < m; i += rows)
          update_tile(k, packed_a + i * k, packed_b + j * g.k + p * columns<T>, g.alpha, beta,
                      bias ? bias + j : nullptr, g.c + (row + i) * g.ldc + j, g.ldc, m - i, g.n - j);
    }
}

template <class T>
constexpr PackedGemm<T> packed_gemm = {
    .rows = rows, .columns = columns<T>, .workspace = block_m * block_k, .pack = pack<T>, .multiply = multiply<T>};

}  // namespace

HEED_REGISTER_KERNELS(PackedGemm<float>) = packed_gemm<float>;
HEED_REGISTER_KERNELS(PackedGemm<double>) = packed_gemm<double>;

}  // namespace heed::kernels::HEED_TARGET
