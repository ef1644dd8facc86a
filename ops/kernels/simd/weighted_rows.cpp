#include "loops.h"

namespace heed::kernels::HEED_TARGET {
namespace {

/// So many vectors of y from column i on: one after the other, each product would wait for the one before it.
template <int vectors, class T, class Place>
HEED_INLINE void sum_columns(Index rows, Rows<const T> x, const T* weights, T beta, T* y, Place i) {
  constexpr int lanes = Vector<T>::lanes;
  Vector<T> sums[vectors];
  for (int v = 0; v < vectors; ++v) sums[v] = beta == T(0) ? Vector<T>(T(0)) : beta * load(y + v * lanes, i);
  for (Index k = 0; k < rows; ++k)
    for (int v = 0; v < vectors; ++v) sums[v] = multiply_add(Vector<T>(weights[k]), load(x[k] + v * lanes, i), sums[v]);
  for (int v = 0; v < vectors; ++v) store(y + v * lanes, i, sums[v]);
}

template <class T>
void sum_rows(Block size, Rows<const T> x, const T* weights, T beta, T* y) {
  constexpr int vectors = 4, step = vectors * Vector<T>::lanes;
  Index j = 0;
  for (; j + step <= size.width; j += step) sum_columns<vectors>(size.rows, x, weights, beta, y, Full{j});
  each<T>(size.width - j,
          [=](auto i) HEED_LAMBDA { sum_columns<1>(size.rows, {x.begin + j, x.stride}, weights, beta, y + j, i); });
}

template <class T>
void combine_rows(Block size, Rows<const T> x, const std::int64_t* index, const T* weights, T* y) {
  each<T>(size.width, [=](auto i) HEED_LAMBDA {
    Vector<T> sums = T(0);
    for (Index k = 0; k < size.rows; ++k) sums = multiply_add(Vector<T>(weights[index[k]]), load(x[index[k]], i), sums);
    store(y, i, sums);
  });
}

template <class T>
void weigh_rows(Block size, Rows<const T> table, const std::int64_t* index, const T* weights, Rows<T> y) {
  for (Index r = 0; r < size.rows; ++r) {
    const T* row = table[index[r]];
    T* to = y[r];
    const Vector<T> weight = weights[r];
    each<T>(size.width, [=](auto i) HEED_LAMBDA { store(to, i, weight * load(row, i)); });
  }
}

template <class T>
void multiply_rows(Block size, Rows<const T> x, Rows<const T> table, const std::int64_t* index, T* y) {
  for (Index r = 0; r < size.rows; ++r) {
    const T *a = x[r], *b = table[index[r]];
    y[r] = total<T>(size.width, [=](auto i) HEED_LAMBDA { return load(a, i) * load(b, i); });
  }
}

template <class T>
void fill(WeightedRowKernels<T>& kernels) {
  kernels = {.sum_rows = sum_rows<T>,
             .combine_rows = combine_rows<T>,
             .weigh_rows = weigh_rows<T>,
             .multiply_rows = multiply_rows<T>};
}

}  // namespace

void fill_weighted_rows(Table& table) {
  fill<float>(table.float32);
  fill<double>(table.float64);
}

}  // namespace heed::kernels::HEED_TARGET
