#include "loops.h"

namespace heed::kernels::HEED_TARGET {
namespace {

template <class T>
void gather_rows(Block size, Rows<const T> table, const std::int64_t* index, Rows<T> y) {
  const std::size_t bytes = static_cast<std::size_t>(size.width) * sizeof(T);
  for (Index r = 0; r < size.rows; ++r) std::memcpy(y[r], table[index[r]], bytes);
}

/// Tiles of 16 x 16, so that the lines read and the lines written both stay in the first cache.
template <class T>
void transpose(Block size, Rows<const T> x, Rows<T> y) {
  constexpr Index tile = 16;
  for (Index r = 0; r < size.rows; r += tile) {
    const Index rows = size.rows - r < tile ? size.rows - r : tile;
    for (Index c = 0; c < size.width; c += tile) {
      const Index columns = size.width - c < tile ? size.width - c : tile;
      T square[tile][tile];
      for (Index i = 0; i < rows; ++i) {
        for (Index j = 0; j < columns; ++j) square[j][i] = x[r + i][c + j];
      }
      for (Index j = 0; j < columns; ++j)
        std::memcpy(y[c + j] + r, square[j], static_cast<std::size_t>(rows) * sizeof(T));
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
void fill(RowKernels<T>& kernels) {
  kernels = {.gather_rows = gather_rows<T>, .transpose = transpose<T>};
}

}  // namespace

void fill_rows(Table& table) {
  fill<float>(table.float32);
  fill<double>(table.float64);
  fill<std::int32_t>(table.int32);
  fill<std::int64_t>(table.int64);
  fill<bool>(table.boolean);
  table.float32.add_gathered_rows = add_gathered_rows<float>;
  table.float64.add_gathered_rows = add_gathered_rows<double>;
  table.int32.add_gathered_rows = add_gathered_rows<std::int32_t>;
  table.int64.add_gathered_rows = add_gathered_rows<std::int64_t>;
}

}  // namespace heed::kernels::HEED_TARGET
