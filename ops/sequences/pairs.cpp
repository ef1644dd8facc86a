#include "pairs.h"

#include <algorithm>
#include <vector>

#include "../../graph/create.h"
#include "../../graph/fail.h"
#include "../../graph/support/blocked_signals.h"
#include "../../graph/support/size.h"
#include "../index/gather_rows.h"
#include "../kernels/additive.h"
#include "../kernels/gemm/gemm.h"
#include "../kernels/softmax.h"
#include "../linalg/matmul.h"
#include "../math/arithmetic.h"
#include "../math/trigonometry.h"
#include "../reduce/reduce.h"
#include "../shape/view.h"
#include "../support/elementwise.h"
#include "../support/rows.h"

namespace heed {
using namespace heed::detail;

namespace {

/// First query, key and pair of one sequence, and their numbers.
struct Part {
  std::int64_t query, queries, key, keys, pair;
};

/// Parts of a batch, and parallel loops over them. Each task has whole sequences, so no two write to the same place.
class Parts {
 public:
  Parts(const char* op, const Sequences& queries, const Sequences& keys) {
    if (queries.count() != keys.count())
      fail("{}: there are {} sequences of queries and {} of keys, but both must have the same number", op,
           queries.count(), keys.count());
    std::int64_t pair = 0;
    for (std::int64_t s = 0; s < queries.count(); ++s) {
      parts_.push_back({queries.offset(s), queries.length(s), keys.offset(s), keys.length(s), pair});
      pair = add_sizes(op, pair, multiply_sizes(op, queries.length(s), keys.length(s)));
    }
    query_tokens = queries.tokens();
    key_tokens = keys.tokens();
    pairs = pair;
  }

  std::int64_t query_tokens, key_tokens, pairs;

  std::int64_t count() const { return static_cast<std::int64_t>(parts_.size()); }
  /// Calls body(part) for all parts, in parallel. The cost of a pair is in nanoseconds.
  template <class Body>
  void each(double cost_of_pair, const Body& body) const {
    each_numbered(cost_of_pair, [&](std::int64_t, const Part& part) { body(part); });
  }
  template <class Body>
  void each_numbered(double cost_of_pair, const Body& body) const {
    const double mean = static_cast<double>(pairs) / std::max(1.0, static_cast<double>(count()));
    parallel(count(), cost_of_pair * mean + 50, [&](Range range) {
      const detail::BlockedSignals for_all;
      for (std::int64_t s = range.begin; s < range.end; ++s) body(s, parts_[static_cast<std::size_t>(s)]);
    });
  }

 private:
  std::vector<Part, arena::Allocator<Part>> parts_;
};

void check_rows(const char* op, const char* name, const Tensor& x, std::int64_t tokens) {
  if (x.rank() != 2 || x.shape()[0] != tokens)
    fail("{}: {} is {}, but it must be [{}, width], with a row for each token", op, name, to_string(x.shape()), tokens);
}
void check_pairs(const char* op, const char* name, const Tensor& p, const Parts& parts) {
  if (p.shape() != Shape{parts.pairs})
    fail("{}: {} is {}, but the sequences have {} pairs", op, name, to_string(p.shape()), parts.pairs);
}
void check_operands(const char* op, const Tensor& query, const Tensor& key, const Parts& parts) {
  check_same_dtype(op, "query", query, "key", key);
  check_rows(op, "query", query, parts.query_tokens);
  check_rows(op, "key", key, parts.key_tokens);
  if (query.shape()[1] != key.shape()[1])
    fail("{}: query is {} and key is {}, but both must have the same width", op, to_string(query.shape()),
         to_string(key.shape()));
}

Tensor contiguous_data(const Tensor& x) {
  return no_grad([&] { return contiguous(x.detach()); });
}

/// Returns the rows of x for a matrix product, where rows do not overlap.
Tensor in_rows(const Tensor& x) {
  const Tensor rows = as_rows(x);
  return rows.strides()[0] >= x.shape()[1] ? rows : contiguous_data(rows);
}
/// Leading dimension of rows; a single row may have any stride.
template <class T>
std::int64_t leading(const kernels::Rows<const T>& rows, std::int64_t width) {
  return std::max(rows.stride, width);
}

/// Approximate nanoseconds per pair in a product.
double product_cost(std::int64_t width) { return 0.05 * static_cast<double>(width) + 1; }

/// y = p x, or p^T x, for each sequence, where p is its matrix of pairs.
Tensor mixed(const char* op, const Tensor& p, const Tensor& x, const Parts& parts, bool transposed) {
  const std::int64_t width = x.shape()[1];
  Tensor y = zeros({transposed ? parts.key_tokens : parts.query_tokens, width}, x.dtype());
  with_floating(op, x.dtype(), [&]<class T>() {
    const Tensor flat = contiguous_data(p), rows = in_rows(x);
    const auto from = read_rows<T>(rows);
    const T* of_pairs = read<T>(flat);
    T* to = fill<T>(y);
    parts.each(product_cost(width), [&](const Part& part) {
      if (part.queries == 0 || part.keys == 0 || width == 0) return;
      kernels::gemm_sequential(kernels::Gemm<T>{.transpose_a = transposed,
                                                .m = transposed ? part.keys : part.queries,
                                                .n = width,
                                                .k = transposed ? part.queries : part.keys,
                                                .a = of_pairs + part.pair,
                                                .lda = part.keys,
                                                .b = from[transposed ? part.query : part.key],
                                                .ldb = leading(from, width),
                                                .c = to + (transposed ? part.key : part.query) * width,
                                                .ldc = width});
    });
  });
  return y;
}

/// Indices of the query and the key of each pair.
struct PairTokens {
  Tensor query, key;
};
PairTokens tokens_of(const Parts& parts) {
  PairTokens tokens{empty({parts.pairs}, int64), empty({parts.pairs}, int64)};
  auto *query = fill<std::int64_t>(tokens.query), *key = fill<std::int64_t>(tokens.key);
  parts.each(1, [&](const Part& part) {
    for (std::int64_t i = 0, at = part.pair; i < part.queries; ++i)
      for (std::int64_t j = 0; j < part.keys; ++j, ++at) {
        query[at] = part.query + i;
        key[at] = part.key + j;
      }
  });
  return tokens;
}

template <class T>
kernels::Additive<T> additive_of(const Part& part, const kernels::Rows<const T>& query,
                                 const kernels::Rows<const T>& key, const T* weight, std::int64_t width) {
  return {part.queries, part.keys, width, from(query, part.query), from(key, part.key), weight};
}

/// Each sequence has a separate partial sum of the weight gradient; these are added in order.
template <class T>
Gradients additive_backward(const Tensor& query, const Tensor& key, const Tensor& weight, const Tensor& dscores,
                            const Parts& parts) {
  const std::int64_t width = query.shape()[1];
  const Tensor query_rows = as_rows(query), key_rows = as_rows(key);
  const Tensor weight_data = contiguous_data(weight), flat = contiguous_data(dscores);
  Tensor dquery = zeros(query.shape(), query.dtype()), dkey = zeros(key.shape(), key.dtype());
  Tensor dweights = zeros({parts.count(), width}, query.dtype());
  const auto of_query = read_rows<T>(query_rows), of_key = read_rows<T>(key_rows);
  const auto to_query = fill_rows<T>(dquery), to_key = fill_rows<T>(dkey);
  const T *of_weight = read<T>(weight_data), *given = read<T>(flat);
  T* to_weight = fill<T>(dweights);
  parts.each_numbered(static_cast<double>(width), [&](std::int64_t s, const Part& part) {
    kernels::get<kernels::AdditiveKernels<T>>().additive_backward(
        additive_of<T>(part, of_query, of_key, of_weight, width), given + part.pair, from(to_query, part.query),
        from(to_key, part.key), to_weight + s * width);
  });
  return {dquery, dkey, [&] { return sum(dweights, {0}); }};
}

}  // namespace

std::int64_t count_pairs(const Sequences& query_sequences, const Sequences& key_sequences) {
  return Parts{"count_pairs", query_sequences, key_sequences}.pairs;
}

Tensor pair_dot(const Tensor& query, const Tensor& key, const Sequences& query_sequences,
                const Sequences& key_sequences) {
  const Parts parts{"pair_dot", query_sequences, key_sequences};
  check_operands("pair_dot", query, key, parts);
  const std::int64_t width = query.shape()[1];
  Tensor scores = zeros({parts.pairs}, query.dtype());
  with_floating("pair_dot", query.dtype(), [&]<class T>() {
    const Tensor query_rows = in_rows(query), key_rows = in_rows(key);
    const auto of_query = read_rows<T>(query_rows), of_key = read_rows<T>(key_rows);
    T* to = fill<T>(scores);
    parts.each(product_cost(width), [&](const Part& part) {
      if (part.queries == 0 || part.keys == 0 || width == 0) return;
      kernels::gemm_sequential(kernels::Gemm<T>{.transpose_b = true,
                                                .m = part.queries,
                                                .n = part.keys,
                                                .k = width,
                                                .a = of_query[part.query],
                                                .lda = leading(of_query, width),
                                                .b = of_key[part.key],
                                                .ldb = leading(of_key, width),
                                                .c = to + part.pair,
                                                .ldc = part.keys});
    });
  });
  return differentiable(
      "pair_dot", {query, key}, scores, [query, key, query_sequences, key_sequences](const Tensor& ds) {
        return Gradients{[&] { return pair_weighted_sum(ds, key, query_sequences, key_sequences); },
                         [&] { return pair_weighted_sum_transposed(ds, query, query_sequences, key_sequences); }};
      });
}

Tensor pair_weighted_sum(const Tensor& p, const Tensor& value, const Sequences& query_sequences,
                         const Sequences& key_sequences) {
  const Parts parts{"pair_weighted_sum", query_sequences, key_sequences};
  check_same_dtype("pair_weighted_sum", "p", p, "value", value);
  check_pairs("pair_weighted_sum", "p", p, parts);
  check_rows("pair_weighted_sum", "value", value, parts.key_tokens);
  return differentiable("pair_weighted_sum", {p, value}, mixed("pair_weighted_sum", p, value, parts, false),
                        [p, value, query_sequences, key_sequences](const Tensor& dy) {
                          return Gradients{
                              [&] { return pair_dot(dy, value, query_sequences, key_sequences); },
                              [&] { return pair_weighted_sum_transposed(p, dy, query_sequences, key_sequences); }};
                        });
}

Tensor pair_weighted_sum_transposed(const Tensor& p, const Tensor& query, const Sequences& query_sequences,
                                    const Sequences& key_sequences) {
  const Parts parts{"pair_weighted_sum_transposed", query_sequences, key_sequences};
  check_same_dtype("pair_weighted_sum_transposed", "p", p, "query", query);
  check_pairs("pair_weighted_sum_transposed", "p", p, parts);
  check_rows("pair_weighted_sum_transposed", "query", query, parts.query_tokens);
  return differentiable("pair_weighted_sum_transposed", {p, query},
                        mixed("pair_weighted_sum_transposed", p, query, parts, true),
                        [p, query, query_sequences, key_sequences](const Tensor& dy) {
                          return Gradients{[&] { return pair_dot(query, dy, query_sequences, key_sequences); },
                                           [&] { return pair_weighted_sum(p, dy, query_sequences, key_sequences); }};
                        });
}

Tensor pair_softmax(const Tensor& scores, const Sequences& query_sequences, const Sequences& key_sequences) {
  const Parts parts{"pair_softmax", query_sequences, key_sequences};
  check_pairs("pair_softmax", "scores", scores, parts);
  Tensor w = empty(scores.shape(), scores.dtype());
  with_floating("pair_softmax", scores.dtype(), [&]<class T>() {
    const Tensor flat = contiguous_data(scores);
    const T* of_scores = read<T>(flat);
    T* to = fill<T>(w);
    parts.each(1, [&](const Part& part) {
      if (part.queries > 0 && part.keys > 0)
        kernels::get<kernels::SoftmaxKernels<T>>().softmax(
            {part.queries, part.keys}, {of_scores + part.pair, part.keys}, {to + part.pair, part.keys});
    });
  });
  return differentiable("pair_softmax", {scores}, w, [w, query_sequences, key_sequences](const Tensor& dw) {
    // The sum along a row is its product with ones, and numbers of rows are repeated by a product with ones.
    const Tensor one = ones({key_sequences.tokens(), 1}, dw.dtype()), g = w * dw;
    const Tensor sums = pair_weighted_sum(g, one, query_sequences, key_sequences);
    return Gradients{g - w * pair_dot(sums, one, query_sequences, key_sequences)};
  });
}

Tensor pair_additive(const Tensor& query, const Tensor& key, const Tensor& weight, const Sequences& query_sequences,
                     const Sequences& key_sequences) {
  const Parts parts{"pair_additive", query_sequences, key_sequences};
  check_operands("pair_additive", query, key, parts);
  const std::int64_t width = query.shape()[1];
  if (weight.shape() != Shape{width} || weight.dtype() != query.dtype())
    fail("pair_additive: weight is {} {}, but with query {} it must be {} [{}]", name(weight.dtype()),
         to_string(weight.shape()), to_string(query.shape()), name(query.dtype()), width);
  Tensor scores = empty({parts.pairs}, query.dtype());
  with_floating("pair_additive", query.dtype(), [&]<class T>() {
    const Tensor query_rows = as_rows(query), key_rows = as_rows(key), weight_data = contiguous_data(weight);
    const auto of_query = read_rows<T>(query_rows), of_key = read_rows<T>(key_rows);
    const T* of_weight = read<T>(weight_data);
    T* to = fill<T>(scores);
    parts.each(0.5 * static_cast<double>(width), [&](const Part& part) {
      kernels::get<kernels::AdditiveKernels<T>>().additive(additive_of<T>(part, of_query, of_key, of_weight, width),
                                                           to + part.pair);
    });
  });
  return differentiable(
      "pair_additive", {query, key, weight}, scores,
      [query, key, weight, query_sequences, key_sequences](const Tensor& ds) {
        const Parts of_pairs{"pair_additive", query_sequences, key_sequences};
        return with_floating("pair_additive", ds.dtype(),
                             [&]<class T>() { return additive_backward<T>(query, key, weight, ds, of_pairs); });
      },
      [query_sequences, key_sequences](const Tensor& q, const Tensor& k, const Tensor& v) {
        const auto [of_query, of_key] = tokens_of(Parts{"pair_additive", query_sequences, key_sequences});
        return matmul(tanh(gather_rows(q, of_query) + gather_rows(k, of_key)), v);
      });
}

}  // namespace heed
