#include "../gemm/gemm_transposed.h"
#include "loops.h"

namespace heed::kernels::HEED_TARGET {
namespace {

// A tile has one sum for each lane of a register. While it is computed, each sum is spread over the lanes of a
// register.
template <class T>
constexpr int sums = Vector<T>::lanes;

/// x and y hold sums that are spread over `spread` lanes each. Returns those of x and then those of y, each spread over
/// half as many lanes.
template <int spread, class T, std::size_t... lane>
HEED_INLINE Vector<T> half_as_spread(Vector<T> x, Vector<T> y, std::index_sequence<lane...>) {
  constexpr auto from = [](std::size_t to, int half) {
    constexpr int step = spread / 2;
    return static_cast<int>(to) / step * spread + static_cast<int>(to) % step + half * step;
  };
  return Vector<T>(typename Vector<T>::Raw(__builtin_shufflevector(x.raw, y.raw, from(lane, 0)...))) +
         Vector<T>(typename Vector<T>::Raw(__builtin_shufflevector(x.raw, y.raw, from(lane, 1)...)));
}

/// Lane i: the sum of all lanes of x[i].
template <int count, class T>
HEED_INLINE Vector<T> sum_each(const Vector<T>* x) {
  if constexpr (count == 1) {
    return x[0];
  } else {
    return half_as_spread<2 * sums<T> / count>(sum_each<count / 2>(x), sum_each<count / 2>(x + count / 2),
                                               std::make_index_sequence<sums<T>>{});
  }
}

/// Lane i * columns + j: the product of row i of a and row j of b. Prefetches k elements from `next`.
template <int rows, int columns, class T>
HEED_INLINE Vector<T> tile(Index k, const T* const (&a)[rows], const T* const (&b)[columns], const T* next) {
  Vector<T> sum[sums<T>];
  for (Vector<T>& x : sum) x = T(0);
  each<T>(k, [&](auto p) HEED_LAMBDA {
    Vector<T> left[rows];
    for (int i = 0; i < rows; ++i) left[i] = load(a[i], p);
    __builtin_prefetch(next + p.at, 0, 2);
    for (int j = 0; j < columns; ++j) {
      const Vector<T> right = load(b[j], p);
      for (int i = 0; i < rows; ++i) sum[i * columns + j] = multiply_add(left[i], right, sum[i * columns + j]);
    }
  });
  return sum_each<sums<T>>(sum);
}

/// c = product + beta c + bias, for m rows and n columns of a tile; bias may be null.
template <int rows, int columns, class T>
HEED_INLINE void update(Vector<T> product, T beta, const T* bias, T* c, Index ldc, Index m, Index n) {
  T x[rows][columns];
  store(x[0], product);
  for (Index i = 0; i < m; ++i) {
    T* to = c + i * ldc;
    if (bias)
      for (Index j = 0; j < n; ++j) x[i][j] += bias[j];
    if (beta != T(0))
      for (Index j = 0; j < n; ++j) x[i][j] += beta * to[j];
    for (Index j = 0; j < n; ++j) to[j] = x[i][j];
  }
}

/// Points row[i] at row i. Rows past the end repeat the last one; their products are discarded.
template <int count, class T>
HEED_INLINE void point(const T* (&row)[count], const T* first, Index step, Index exist) {
  for (int i = 0; i < count; ++i) row[i] = first + (i < exist ? i : exist - 1) * step;
}

/// Computes c in tiles of `rows` rows.
template <int rows, class T>
void multiply(const Gemm<T>& g) {
  constexpr int columns = sums<T> / rows;
  constexpr Index most_terms = 4096 / sizeof(T);  // a tile's rows of b stay in the first cache for all rows of a
  const Index parts = (g.k + most_terms - 1) / most_terms, part_terms = (g.k + parts - 1) / parts;
  for (Index p = 0; p < g.k; p += part_terms) {
    const Index terms = g.k - p < part_terms ? g.k - p : part_terms;
    const T beta = p == 0 ? g.beta : T(1);
    const T* bias = p == 0 && g.bias_of == Bias::per_column ? g.bias : nullptr;
    for (Index column = 0; column < g.n; column += columns) {
      const Index n = g.n - column < columns ? g.n - column : columns;
      const T *b[columns], *of_bias = bias ? bias + column : nullptr;
      point(b, g.b + column * g.ldb + p, g.ldb, n);
      for (Index row = 0; row < g.m; row += rows) {
        const Index m = g.m - row < rows ? g.m - row : rows;
        const T* a[rows];
        point(a, g.a + row * g.lda + p, g.lda, m);
        // The next rows of b are prefetched gradually: all at once would stall the products.
        const Vector<T> product =
            g.alpha * tile<rows, columns, T>(terms, a, b, b[row * columns / g.m] + columns * g.ldb);
        T* c = g.c + row * g.ldc + column;
        if (m == rows && n == columns) {
          update<rows, columns, T>(product, beta, of_bias, c, g.ldc, rows, columns);
        } else {
          update<rows, columns, T>(product, beta, of_bias, c, g.ldc, m, n);
        }
      }
    }
  }
}

template <class T>
void multiply_transposed(const Gemm<T>& g) {
  constexpr int rows = sums<T> < 4 ? 1 : sums<T> / 4;
  if (g.m == 1) {
    multiply<1>(g);
  } else {
    multiply<rows>(g);
  }
}

}  // namespace

HEED_REGISTER_KERNELS(TransposedKernels<float>) = {.multiply_transposed = multiply_transposed<float>};
HEED_REGISTER_KERNELS(TransposedKernels<double>) = {.multiply_transposed = multiply_transposed<double>};

}  // namespace heed::kernels::HEED_TARGET
