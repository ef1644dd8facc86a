// Temporary matrices of attention.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "../../graph/memory.h"
#include "views.h"

namespace heed::kernels {

/// A matrix in memory of the arena, so that nothing is allocated after the first tasks. The row stride is not a power
/// of two: with AVX2 that would halve the speed of products.
template <class T>
class Scratch {
 public:
  Scratch(Index rows, Index width)
      : bytes_(static_cast<std::size_t>(rows * (width + 16)) * sizeof(T)),
        rows_{static_cast<T*>(arena::allocate(bytes_)), width + 16} {}
  ~Scratch() { arena::free(rows_.begin, bytes_); }
  Scratch(const Scratch&) = delete;
  operator Rows<T>() const { return rows_; }

 private:
  std::size_t bytes_;
  Rows<T> rows_;
};

/// Rows split into a sum of two: the finite elements, with 0 elsewhere, and the others. The finite part has the stride
/// of the rows, so that a product with it has the same bits.
template <class T>
class FiniteRows {
 public:
  FiniteRows(Rows<const T> rows, Index count, Index width) : rows_(rows), rest_of_(static_cast<std::size_t>(count)) {
    bool whole = true;
    for (Index r = 0; r < count; ++r) {
      const bool finite = std::all_of(rows[r], rows[r] + width, [](T v) { return std::isfinite(v); });
      rest_of_[static_cast<std::size_t>(r)] = !finite;
      whole = whole && finite;
    }
    if (whole) return;
    copies_.emplace(2 * count, rows.stride);
    const Rows<T> copies = *copies_;
    for (Index r = 0; r < count; ++r)
      for (Index i = 0; i < width; ++i) {
        const T v = rows[r][i];
        const bool finite = std::isfinite(v);
        copies.begin[r * rows.stride + i] = finite ? v : T{0};
        copies.begin[(count + r) * rows.stride + i] = finite ? T{0} : v;
      }
    rows_.begin = copies.begin;
    rest_ = copies.begin + count * rows.stride;
  }
  Rows<const T> finite() const { return rows_; }
  bool is_whole() const { return !rest_; }
  bool has_rest(Index row) const { return rest_of_[static_cast<std::size_t>(row)]; }
  const T* rest(Index row) const { return rest_ + row * rows_.stride; }

 private:
  Rows<const T> rows_;
  std::vector<bool> rest_of_;
  std::optional<Scratch<T>> copies_;
  const T* rest_ = nullptr;
};

}  // namespace heed::kernels
