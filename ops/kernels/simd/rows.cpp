#include "../rows.h"
#include "loops.h"

namespace heed::kernels::HEED_TARGET {
namespace {

template <class T>
void gather_rows(Block size, Rows<const T> table, const std::int64_t* index, Rows<T> y) {
  const std::size_t bytes = static_cast<std::size_t>(size.width) * sizeof(T);
  for (Index r = 0; r < size.rows; ++r) std::memcpy(y[r], table[index[r]], bytes);
}

/// A vector of four elements, for transposing 4 x 4 squares.
template <class T>
struct Four {
  typedef T Type __attribute__((vector_size(4 * sizeof(T))));
};

template <class T>
HEED_INLINE void transpose_square(const T* x, Index x_stride, T* y, Index y_stride) {
  typename Four<T>::Type a, b, c, d;
  std::memcpy(&a, x, sizeof a);
  std::memcpy(&b, x + x_stride, sizeof b);
  std::memcpy(&c, x + 2 * x_stride, sizeof c);
  std::memcpy(&d, x + 3 * x_stride, sizeof d);
  const auto ac_low = __builtin_shufflevector(a, c, 0, 4, 1, 5), ac_high = __builtin_shufflevector(a, c, 2, 6, 3, 7);
  const auto bd_low = __builtin_shufflevector(b, d, 0, 4, 1, 5), bd_high = __builtin_shufflevector(b, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(ac_low, bd_low, 0, 4, 1, 5);
  b = __builtin_shufflevector(ac_low, bd_low, 2, 6, 3, 7);
  c = __builtin_shufflevector(ac_high, bd_high, 0, 4, 1, 5);
  d = __builtin_shufflevector(ac_high, bd_high, 2, 6, 3, 7);
  std::memcpy(y, &a, sizeof a);
  std::memcpy(y + y_stride, &b, sizeof b);
  std::memcpy(y + 2 * y_stride, &c, sizeof c);
  std::memcpy(y + 3 * y_stride, &d, sizeof d);
}

/// Strips of 16 columns: the 16 cache lines that are written stay in the first-level cache.
template <class T>
void transpose(Block size, Rows<const T> x, Rows<T> y) {
  // Vectors of bool and of structs do not exist.
  using U = std::conditional_t<sizeof(T) == 1, unsigned char, std::conditional_t<sizeof(T) == 2, std::uint16_t, T>>;
  constexpr Index strip = 16;
  for (Index first = 0; first < size.width; first += strip) {
    const Index last = first + strip < size.width ? first + strip : size.width;
    for (Index i = 0; i < size.rows; i += 4) {
      Index j = first;
      for (; i + 4 <= size.rows && j + 4 <= last; j += 4) {
        transpose_square(reinterpret_cast<const U*>(x[i] + j), x.stride, reinterpret_cast<U*>(y[j] + i), y.stride);
      }
      for (; j < last; ++j) {
        for (Index k = i; k < i + 4 && k < size.rows; ++k) y[j][k] = x[k][j];
      }
    }
  }
}

template <class T>
void add_gathered_rows(Block size, Rows<const T> x, const std::int64_t* index, T* y) {
  for (Index k = 0; k < size.rows; ++k) {
    const T* row = x[index[k]];
    each<T>(size.width, [=](auto i) HEED_LAMBDA { store(y, i, load<T>(y, i) + load(row, i)); });
  }
}

template <class T>
constexpr RowKernels<T> row_kernels = {.gather_rows = gather_rows<T>, .transpose = transpose<T>};

}  // namespace

HEED_REGISTER_KERNELS(RowKernels<float>) = row_kernels<float>;
HEED_REGISTER_KERNELS(RowKernels<double>) = row_kernels<double>;
HEED_REGISTER_KERNELS(RowKernels<std::int32_t>) = row_kernels<std::int32_t>;
HEED_REGISTER_KERNELS(RowKernels<std::int64_t>) = row_kernels<std::int64_t>;
HEED_REGISTER_KERNELS(RowKernels<bool>) = row_kernels<bool>;
HEED_REGISTER_KERNELS(RowKernels<Bfloat16>) = row_kernels<Bfloat16>;
HEED_REGISTER_KERNELS(RowKernels<Float16>) = row_kernels<Float16>;
HEED_REGISTER_KERNELS(RowSumKernels<float>) = {.add_gathered_rows = add_gathered_rows<float>};
HEED_REGISTER_KERNELS(RowSumKernels<double>) = {.add_gathered_rows = add_gathered_rows<double>};
HEED_REGISTER_KERNELS(RowSumKernels<std::int32_t>) = {.add_gathered_rows = add_gathered_rows<std::int32_t>};
HEED_REGISTER_KERNELS(RowSumKernels<std::int64_t>) = {.add_gathered_rows = add_gathered_rows<std::int64_t>};

}  // namespace heed::kernels::HEED_TARGET
