#include "../weighted_rows.h"
#include "loops.h"

namespace heed::kernels::HEED_TARGET {
namespace {

template <class T>
struct Weighted {
  T weight;
  const T* row;
};

/// y = beta y + the sum of rows(k), a Weighted<T>, for k in [0, count). With beta = 0, y is not read.
template <class T, class RowsOf>
HEED_INLINE void sum_weighted(Block size, RowsOf rows, T beta, T* y) {
  constexpr int lanes = Vector<T>::lanes;
  // Several vectors at a time: with one, each product would wait for the previous one.
  const auto columns = [&]<int vectors>(auto i, std::integral_constant<int, vectors>) HEED_LAMBDA {
    // The old y is added last, so that in a sum computed in parts no chain of additions is longer than a part.
    Vector<T> sums[vectors];
    for (int v = 0; v < vectors; ++v) sums[v] = Vector<T>(T(0));
    for (Index k = 0; k < size.rows; ++k) {
      const Weighted<T> x = rows(k);
      for (int v = 0; v < vectors; ++v)
        sums[v] = multiply_add(Vector<T>(x.weight), load(x.row + v * lanes, i), sums[v]);
    }
    for (int v = 0; v < vectors; ++v) {
      if (beta != T(0)) sums[v] = multiply_add(Vector<T>(beta), load(y + v * lanes, i), sums[v]);
      store(y + v * lanes, i, sums[v]);
    }
  };
  Index j = 0;
  for (; j + 4 * lanes <= size.width; j += 4 * lanes) columns(Full{j}, std::integral_constant<int, 4>{});
  for (; j + lanes <= size.width; j += lanes) columns(Full{j}, std::integral_constant<int, 1>{});
  if (j < size.width) columns(Tail{j, static_cast<int>(size.width - j)}, std::integral_constant<int, 1>{});
}

template <class T>
void sum_rows(Block size, Rows<const T> x, const T* weights, T beta, T* y) {
  sum_weighted<T>(size, [=](Index k) HEED_LAMBDA { return Weighted<T>{weights[k], x[k]}; }, beta, y);
}

template <class T>
void sum_gathered_rows(Block size, Rows<const T> x, const std::int64_t* index, const T* weights, T* y) {
  sum_weighted<T>(size, [=](Index k) HEED_LAMBDA { return Weighted<T>{weights[index[k]], x[index[k]]}; }, T(0), y);
}

template <class T>
void scale_gathered_rows(Block size, Rows<const T> table, const std::int64_t* index, const T* weights, Rows<T> y) {
  for (Index r = 0; r < size.rows; ++r) {
    const T* row = table[index[r]];
    T* to = y[r];
    const Vector<T> weight = weights[r];
    each<T>(size.width, [=](auto i) HEED_LAMBDA { store(to, i, weight * load(row, i)); });
  }
}

template <class T>
void dot_gathered_rows(Block size, Rows<const T> x, Rows<const T> table, const std::int64_t* index, T* y) {
  for (Index r = 0; r < size.rows; ++r) {
    const T *a = x[r], *b = table[index[r]];
    y[r] = total<T>(size.width, [=](auto i) HEED_LAMBDA { return load(a, i) * load(b, i); });
  }
}

template <class T>
constexpr WeightedRowKernels<T> weighted_row_kernels = {.sum_rows = sum_rows<T>,
                                                        .sum_gathered_rows = sum_gathered_rows<T>,
                                                        .scale_gathered_rows = scale_gathered_rows<T>,
                                                        .dot_gathered_rows = dot_gathered_rows<T>};

}  // namespace

HEED_REGISTER_KERNELS(WeightedRowKernels<float>) = weighted_row_kernels<float>;
HEED_REGISTER_KERNELS(WeightedRowKernels<double>) = weighted_row_kernels<double>;

}  // namespace heed::kernels::HEED_TARGET
