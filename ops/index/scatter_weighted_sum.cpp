#include "scatter_weighted_sum.h"

#include <algorithm>
#include <vector>

#include "../../graph/fail.h"
#include "../../graph/support/size.h"
#include "../kernels/weighted_rows.h"
#include "../shape/view.h"
#include "../support/elementwise.h"
#include "../support/indices.h"
#include "../support/reduction.h"
#include "../support/rows.h"

namespace heed {
using namespace heed::detail;

namespace {

// The sum over i of weights[i] <rows[i], table[tokens[i]]> is linear in three tensors. The three functions below are
// its derivatives with respect to each of them, so the gradient of each consists of the other two.

Tensor weighted(const Tensor& table, const Tensor& weights, const Tensor& token);
Tensor products(const Tensor& rows, const Tensor& table, const Tensor& token);

/// y = weights[index[0]] x[index[0]] + weights[index[1]] x[index[1]] + ... in order; many rows are added in blocks,
/// whose sums are added pairwise.
template <class T>
void combine_run(const kernels::Rows<const T>& x, std::int64_t width, const std::int64_t* index, std::int64_t count,
                 const T* weights, T* y) {
  constexpr std::int64_t block = 256, columns_of_a_block = 64;
  const auto combine = kernels::get<kernels::WeightedRowKernels<T>>().sum_gathered_rows;
  if (count <= block) return combine({count, width}, x, index, weights, y);
  for (std::int64_t first = 0; first < width; first += columns_of_a_block) {
    const std::int64_t columns = std::min(columns_of_a_block, width - first);
    PairwiseRows<T, columns_of_a_block> parts;
    for (std::int64_t begin = 0; begin < count; begin += block)
      combine({std::min(block, count - begin), columns}, {x.begin + first, x.stride}, index + begin, weights,
              parts.next());
    std::copy_n(parts.total(), columns, y + first);
  }
}

/// Derivative with respect to the table. `token` is the result of checked_indices.
Tensor combined(const Tensor& rows, const Tensor& weights, const Tensor& token, std::int64_t count) {
  const std::int64_t n = rows.size(0), width = rows.size(1);
  Tensor y = empty({count, width}, rows.dtype());
  const std::int64_t* tokens = read<std::int64_t>(token);
  // Indices of each token's rows, in order: those of token t are places[begins[t]] to places[begins[t + 1] - 1].
  std::vector<std::int64_t, arena::Allocator<std::int64_t>> begins(
      vector_length("scatter_weighted_sum", add_sizes("scatter_weighted_sum", count, 1), 8)),
      places(static_cast<std::size_t>(n));
  const auto begin_of = [&](std::int64_t t) -> std::int64_t& { return begins[static_cast<std::size_t>(t)]; };
  for (std::int64_t i = 0; i < n; ++i) ++begin_of(tokens[i]);
  std::int64_t before = 0;
  for (std::int64_t t = 0; t <= count; ++t) before += std::exchange(begin_of(t), before);
  for (std::int64_t i = 0; i < n; ++i) places[static_cast<std::size_t>(begin_of(tokens[i])++)] = i;
  // Now begins[t] is the end of the rows of token t.
  with_floating("scatter_weighted_sum", rows.dtype(), [&]<class T>() {
    const Tensor matrix = as_rows(rows), factors = no_grad([&] { return contiguous(weights); });
    const auto from = read_rows<T>(matrix);
    const T* factor = read<T>(factors);
    T* to = fill<T>(y);
    // Cut by tokens: each task writes separate rows.
    const double each = static_cast<double>(n) / static_cast<double>(std::max<std::int64_t>(count, 1));
    parallel(count, (0.2 * each + 0.1) * static_cast<double>(width) + 5, [&](Range part) {
      for (std::int64_t t = part.begin; t < part.end; ++t) {
        const std::int64_t first = t == 0 ? 0 : begin_of(t - 1), last = begin_of(t);
        combine_run<T>(from, width, places.data() + first, last - first, factor, to + t * width);
      }
    });
  });
  return differentiable("scatter_weighted_sum", {rows, weights}, y, [rows, weights, token](const Tensor& dy) {
    return Gradients{[&] { return weighted(dy, weights, token); }, [&] { return products(rows, dy, token); }};
  });
}

/// Derivative with respect to the rows:  z[i] = weights[i] table[tokens[i]].
Tensor weighted(const Tensor& table, const Tensor& weights, const Tensor& token) {
  const std::int64_t n = weights.size(0), width = table.size(1);
  Tensor z = empty({n, width}, table.dtype());
  with_floating("scatter_weighted_sum", table.dtype(), [&]<class T>() {
    const Tensor matrix = as_rows(table), factors = no_grad([&] { return contiguous(weights); });
    const std::int64_t* tokens = read<std::int64_t>(token);
    const auto from = read_rows<T>(matrix);
    const T* factor = read<T>(factors);
    T* to = fill<T>(z);
    parallel(n, 0.2 * static_cast<double>(width) + 5, [&](Range part) {
      kernels::get<kernels::WeightedRowKernels<T>>().scale_gathered_rows(
          {part.size(), width}, from, tokens + part.begin, factor + part.begin, {to + part.begin * width, width});
    });
  });
  return differentiable("weigh_rows", {table, weights}, z, [table, weights, token](const Tensor& dz) {
    return Gradients{[&] { return combined(dz, weights, token, table.size(0)); },
                     [&] { return products(dz, table, token); }};
  });
}

/// Derivative with respect to the weights:  s[i] = <rows[i], table[tokens[i]]>.
Tensor products(const Tensor& rows, const Tensor& table, const Tensor& token) {
  const std::int64_t n = rows.size(0), width = rows.size(1);
  Tensor s = empty({n}, rows.dtype());
  with_floating("scatter_weighted_sum", rows.dtype(), [&]<class T>() {
    const Tensor matrix = as_rows(rows), other = as_rows(table);
    const std::int64_t* tokens = read<std::int64_t>(token);
    const auto a = read_rows<T>(matrix), b = read_rows<T>(other);
    T* to = fill<T>(s);
    parallel(n, 0.2 * static_cast<double>(width) + 5, [&](Range part) {
      kernels::get<kernels::WeightedRowKernels<T>>().dot_gathered_rows({part.size(), width}, from(a, part.begin), b,
                                                                       tokens + part.begin, to + part.begin);
    });
  });
  return differentiable("multiply_rows", {rows, table}, s, [rows, table, token](const Tensor& ds) {
    return Gradients{[&] { return weighted(table, ds, token); },
                     [&] { return combined(rows, ds, token, table.size(0)); }};
  });
}

}  // namespace

Tensor scatter_weighted_sum(const Tensor& rows, const Tensor& weights, const Tensor& tokens, std::int64_t count) {
  check_same_dtype("scatter_weighted_sum", "rows", rows, "weights", weights);
  if (rows.rank() != 2 || weights.rank() != 1 || weights.size(0) != rows.size(0) || tokens.shape() != weights.shape())
    fail("scatter_weighted_sum: rows are {}, weights {} and tokens {}, but they must be [n, width], [n] and [n]",
         to_string(rows.shape()), to_string(weights.shape()), to_string(tokens.shape()));
  if (count < 0) fail("scatter_weighted_sum: the number of tokens is {}, but it must not be negative", count);
  return combined(rows, weights, checked_indices("scatter_weighted_sum", "token", tokens, count, "the result", "rows"),
                  count);
}

}  // namespace heed
