#include "loops.h"

namespace heed::kernels::HEED_TARGET {
namespace {

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
  kernels = {.combine_rows = combine_rows<T>, .weigh_rows = weigh_rows<T>, .multiply_rows = multiply_rows<T>};
}

}  // namespace

void fill_weighted_rows(Table& table) {
  fill<float>(table.float32);
  fill<double>(table.float64);
}

}  // namespace heed::kernels::HEED_TARGET
