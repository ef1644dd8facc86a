// Splitting of products into parts.
#pragma once

#include <algorithm>

#include "../../../graph/executor.h"
#include "gemm.h"

namespace heed::kernels {

inline std::int64_t ceiling(std::int64_t x, std::int64_t y) { return (x + y - 1) / y; }

/// Returns the size of the parts when `all` is split into equal parts of at most `most`, rounded up to a multiple of
/// `unit`.
inline std::int64_t part_size(std::int64_t all, std::int64_t most, std::int64_t unit) {
  return ceiling(ceiling(all, ceiling(all, most)), unit) * unit;
}

/// Returns the part of a product that computes these rows and columns of c from these of the k terms.
template <class T>
Gemm<T> part(Gemm<T> g, Range rows, Range columns, Range terms) {
  g.a += g.transpose_a ? terms.begin * g.lda + rows.begin : rows.begin * g.lda + terms.begin;
  g.b += g.transpose_b ? columns.begin * g.ldb + terms.begin : terms.begin * g.ldb + columns.begin;
  g.c += rows.begin * g.ldc + columns.begin;
  if (g.bias_of == Bias::per_row) g.bias += rows.begin;
  if (g.bias_of == Bias::per_column) g.bias += columns.begin;
  if (terms.begin > 0) g.bias_of = Bias::none, g.beta = 1;
  g.m = rows.size();
  g.n = columns.size();
  g.k = terms.size();
  return g;
}

/// Calls body(Range) for ranges of `size` that cover [0, items), in order.
template <class Body>
void in_turn(std::int64_t items, std::int64_t size, const Body& body) {
  for (std::int64_t begin = 0; begin < items; begin += size) body(Range{begin, std::min(begin + size, items)});
}

/// Run the chunks of a loop on the calling thread, or on all threads.
struct OnThisThread {
  template <class Body>
  void operator()(std::int64_t chunks, const Body& body) const {
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) body(chunk);
  }
};
struct OnAllThreads {
  template <class Body>
  void operator()(std::int64_t chunks, const Body& body) const {
    parallel_chunks(chunks, body);
  }
};

}  // namespace heed::kernels
