#include "attention.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "../../graph/support/blocked_signals.h"
#include "attention_memory.h"
#include "elementwise.h"
#include "gemm/gemm.h"
#include "gemm/gemm_transposed.h"
#include "random.h"
#include "reduce.h"
#include "softmax.h"
#include "weighted_rows.h"

namespace heed::kernels {
namespace {

// Number of keys of a tile. Tiles stay in the second-level cache; the backward pass has two. Multiples of 128, so that
// their random numbers start at a group of Philox blocks. Of the rate of the products alone on Zen 5, 256 and 512 reach
// 84 and 87 % forward with 512 keys, 77 and 78 with 2,048; backward 83 and 86, but 81 and 74.
constexpr Index forward_keys = 512, backward_keys = 256, first_keys = 128;
static_assert(forward_keys <= attention_max_keys && backward_keys <= attention_max_keys);

/// A block of scores: consecutive queries and consecutive keys.
struct Tile {
  Index query, queries, key, keys;  // the first query, the number of queries; likewise for keys
};

/// Returns the keys of a tile that query i sees, relative to its first key.
template <class T>
SeenKeys seen_of(const AttentionHead<T>& head, Index i, const Tile& tile, bool* buffer) {
  const SeenKeys seen = head.mask->row(i, tile.key, tile.key + tile.keys, buffer);
  return {seen.begin - tile.key, std::max(seen.end - tile.key, seen.begin - tile.key), seen.keep};
}

/// Returns true if any query of the tile sees a key of it. Usually the first one does.
template <class T>
bool sees_any(const AttentionHead<T>& head, const Tile& tile) {
  bool buffer[attention_max_keys];
  for (Index i = tile.query; i < tile.query + tile.queries; ++i) {
    const SeenKeys seen = seen_of(head, i, tile, buffer);
    if (seen.keep ? std::find(seen.keep + seen.begin, seen.keep + seen.end, true) != seen.keep + seen.end
                  : seen.begin < seen.end)
      return true;
  }
  return false;
}

/// Returns the keys that any query of [begin, end) may see, from the start of a group of random numbers on.
template <class T>
Tile seen_keys(const AttentionHead<T>& head, Index begin, Index end) {
  if (begin >= end) return {begin, 0, 0, 0};
  const Index first = std::max<Index>(head.mask->first_key(begin, end), 0) / first_keys * first_keys;
  return {begin, end - begin, first, std::max<Index>(std::min(head.mask->end_key(begin, end), head.keys) - first, 0)};
}

/// Moves the scores that are kept to the front. Returns their number.
template <class T>
Index gather_kept(T* x, const bool* keep, Index n) {
  Index kept = 0;
  for (Index j = 0; j < n; ++j)
    if (keep[j]) x[kept++] = x[j];
  return kept;
}
/// Moves the kept scores back to their positions, with 0 in the others.
template <class T>
void spread_kept(T* x, const bool* keep, Index n, Index kept) {
  for (Index j = n; j-- > 0;) x[j] = keep[j] ? x[--kept] : T{0};
}
template <class T>
void clear_others(T* x, const bool* keep, Index n) {
  for (Index j = 0; j < n; ++j)
    if (!keep[j]) x[j] = 0;
}

/// x[i, j] = factor * dot(a[i], b[j])
template <class T>
void dots(const Tile& tile, Index width, T factor, Rows<const T> a, Rows<const T> b, Rows<T> x) {
  const Gemm<T> product{.transpose_b = true,
                        .m = tile.queries,
                        .n = tile.keys,
                        .k = width,
                        .a = a[tile.query],
                        .lda = a.stride,
                        .b = b[tile.key],
                        .ldb = b.stride,
                        .c = x.begin,
                        .ldc = x.stride,
                        .alpha = factor};
  if (tile.queries > 1) return gemm_sequential(product);
  // As in decoding, where the overhead of gemm takes longer than the product.
  get<TransposedKernels<T>>().multiply_transposed(product);
}

/// An operand of the products of a tile: a row for each query, and a column for each key or for each distance in the
/// tile.
template <class T>
struct PairNumbers {
  const AttentionHead<T>& head;
  Tile tile;
  Pairs pairs;
  Rows<const T> numbers;
  bool by_distance = false;

  Index columns() const { return by_distance ? tile.queries + tile.keys - 1 : tile.keys; }

  /// Calls f(i, column of the pair) for each pair that is seen.
  template <class Function>
  void each_seen(const Function& f) const {
    bool buffer[attention_max_keys];
    for (Index i = 0; i < tile.queries; ++i) {
      const SeenKeys seen = seen_of(head, tile.query + i, tile, buffer);
      for (Index j = seen.begin; j < seen.end; ++j)
        if (!seen.keep || seen.keep[j]) f(i, by_distance ? tile.queries - 1 - i + j : j);
    }
  }
};

/// y[i] += sum over columns c of x[i, c] * b[c], or = if not `add`
template <class T>
void sum_columns(const PairNumbers<T>& x, Index width, Rows<const T> b, Rows<T> y, bool add) {
  if (x.pairs == Pairs::seen) {
    const FiniteRows<T> parts(b, x.columns(), width);
    PairNumbers<T> all = x;
    all.pairs = Pairs::all;
    sum_columns(all, width, parts.finite(), y, add);
    if (parts.is_whole()) return;
    return x.each_seen([&](Index i, Index c) {
      if (parts.has_rest(c)) get<ElementwiseKernels<T>>().blend(x.numbers[i][c], {parts.rest(c)}, 1, y[i], width);
    });
  }
  const T beta = add ? T{1} : T{0};
  if (x.tile.queries == 1)
    return get<WeightedRowKernels<T>>().sum_rows({x.columns(), width}, {b.begin, b.stride}, x.numbers.begin, beta,
                                                 y.begin);
  gemm_sequential(Gemm<T>{.m = x.tile.queries,
                          .n = width,
                          .k = x.columns(),
                          .a = x.numbers.begin,
                          .lda = x.numbers.stride,
                          .b = b.begin,
                          .ldb = b.stride,
                          .c = y.begin,
                          .ldc = y.stride,
                          .beta = beta});
}

/// y[c] += sum over i of x[i, c] * a[i]
template <class T>
void add_queries(const PairNumbers<T>& x, Index width, Rows<const T> a, Rows<T> y) {
  if (x.pairs == Pairs::seen) {
    const FiniteRows<T> parts(a, x.tile.queries, width);
    PairNumbers<T> all = x;
    all.pairs = Pairs::all;
    add_queries(all, width, parts.finite(), y);
    if (parts.is_whole()) return;
    return x.each_seen([&](Index i, Index c) {
      if (parts.has_rest(i)) get<ElementwiseKernels<T>>().blend(x.numbers[i][c], {parts.rest(i)}, 1, y[c], width);
    });
  }
  if (x.columns() == 1) {  // oneDNN would add each product to y, in one chain for all tiles
    constexpr Index together = 128;
    T weights[together];
    for (Index first = 0; first < x.tile.queries; first += together) {
      const Index count = std::min(together, x.tile.queries - first);
      for (Index i = 0; i < count; ++i) weights[i] = x.numbers[first + i][0];
      get<WeightedRowKernels<T>>().sum_rows({count, width}, {a[first], a.stride}, weights, T{1}, y.begin);
    }
    return;
  }
  gemm_sequential(Gemm<T>{.transpose_a = true,
                          .m = x.columns(),
                          .n = width,
                          .k = x.tile.queries,
                          .a = x.numbers.begin,
                          .lda = x.numbers.stride,
                          .b = a.begin,
                          .ldb = a.stride,
                          .c = y.begin,
                          .ldc = y.stride,
                          .beta = 1});
}

template <class T>
Rows<T> from_row(Rows<T> x, Index row) {
  return {x[row], x.stride};
}

/// y[j] = z(query, key + j) * x[j], for j in [0, n)
template <class T>
void drop(const AttentionHead<T>& head, Index query, Index key, const T* x, T* y, Index n) {
  get<DistributionKernels<T>>().dropout(head.stream, head.draw + query * head.draw_step + key, head.dropout, x, y, n);
}

/// From the weights w of a query with n keys and d = dot(dy, value): d = scale * ds, and w = z * w.
template <class T>
void row_backward(const AttentionHead<T>& head, T scale, Index query, Index key, T dot, T* w, T* d, Index n) {
  if (head.dropout == 0) return get<SoftmaxKernels<T>>().softmax_scores_backward(scale, dot, w, d, d, n);
  T dropped[backward_keys];
  drop<T>(head, query, key, w, dropped, n);
  get<NumberKernels<T>>().binary[Binary::multiply]({dropped}, {d}, d, n);  // ds = (z w) d - dot w: z is drawn once
  get<ElementwiseKernels<T>>().blend(-scale * dot, {w}, scale, d, n);
  std::copy_n(dropped, n, w);
}

/// The distance of query i and key j.
template <class T>
Index distance_of(const AttentionHead<T>& head, Index i, Index j) {
  return head.queries - 1 + j - i;
}

/// Returns the magnitude of the scale, or 1 if the scale is 0, where all scores are 0.
template <class T>
T scale_magnitude(const AttentionHead<T>& head) {
  return head.scale == 0 ? T{1} : std::abs(head.scale);
}

/// w = size * w + bias for query i and n keys, if there is a bias. Returns the factor that remains to be applied.
template <class T>
T add_bias(const AttentionHead<T>& head, Index i, Index key, T* w, Index n) {
  const T size = scale_magnitude(head);
  if (!head.distance.bias) return size;
  get<ElementwiseKernels<T>>().blend(1, {head.distance.bias + distance_of(head, i, key)}, size, w, n);
  return 1;
}

/// Products of the queries of tiles with the vectors of distances. The distances in a tile are consecutive, so these
/// are matrix products, too; in the row of a query its keys start one element later than in the row of the next query.
template <class T>
class DistanceProducts {
 public:
  DistanceProducts(const AttentionHead<T>& head, Index most_queries, Index most_keys)
      : head_(head), scratch_(most_queries, most_queries + most_keys - 1), rows_(scratch_) {}

  /// x[i, j] += factor * dot(a[i], b[distance of i and j])
  void add_dots(const Tile& tile, Index width, T factor, Rows<const T> a, Rows<const T> b, Rows<T> x) {
    dots(distances(tile), width, factor, a, b, rows_);
    for (Index i = 0; i < tile.queries; ++i)
      get<NumberKernels<T>>().binary[Binary::add]({x[i]}, {keys_of(tile, i)}, x[i], tile.keys);
  }
  /// Arranges x by distances, for the two functions below.
  void spread(const Tile& tile, Rows<const T> x) {
    for (Index i = 0; i < tile.queries; ++i) {
      T* const keys = keys_of(tile, i);
      std::fill(rows_[i], keys, T{0});
      std::copy_n(x[i], tile.keys, keys);
      std::fill(keys + tile.keys, rows_[i] + tile.queries + tile.keys - 1, T{0});
    }
  }
  /// y[i] += sum over j of x[i, j] * b[distance of i and j]
  void add_sums(const Tile& tile, Pairs pairs, Index width, Rows<const T> b, Rows<T> y) {
    sum_columns(numbers(tile, pairs), width, from_row(b, distances(tile).key), from_row(y, tile.query), true);
  }
  /// y[d] += sum over the i and j at distance d of x[i, j] * a[i]
  void add_to_distances(const Tile& tile, Pairs pairs, Index width, Rows<const T> a, Rows<T> y) {
    add_queries(numbers(tile, pairs), width, from_row(a, tile.query), from_row(y, distances(tile).key));
  }

 private:
  Tile distances(const Tile& tile) const {
    return {tile.query, tile.queries, distance_of(head_, tile.query + tile.queries - 1, tile.key),
            tile.queries + tile.keys - 1};
  }
  PairNumbers<T> numbers(const Tile& tile, Pairs pairs) const {
    return {head_, tile, pairs, {rows_.begin, rows_.stride}, true};
  }
  T* keys_of(const Tile& tile, Index i) const { return rows_[i] + tile.queries - 1 - i; }

  const AttentionHead<T>& head_;
  Scratch<T> scratch_;
  Rows<T> rows_;
};

template <class T>
std::optional<DistanceProducts<T>> distance_products(const AttentionHead<T>& head, Index queries, Index keys) {
  if (!head.distance.key.begin && !head.distance.value.begin) return std::nullopt;
  return std::optional<DistanceProducts<T>>(std::in_place, head, queries, keys);
}

/// Computes the scores of a tile, without the magnitude of the scale and the bias. The parts have the size of a tile of
/// the backward pass, so that the scores have the same bits there, and no weight exceeds 1 however large they are.
template <class T>
void make_scores(const AttentionHead<T>& head, const Tile& tile, DistanceProducts<T>* by_distance, Rows<T> x) {
  if (head.scale == 0) {
    for (Index i = 0; i < tile.queries; ++i) std::fill_n(x[i], tile.keys, T{0});
    return;
  }
  const T sign = head.scale > 0 ? T{1} : T{-1};
  for (Index first = 0; first < tile.keys; first += backward_keys) {
    const Tile part{tile.query, tile.queries, tile.key + first, std::min(backward_keys, tile.keys - first)};
    const Rows<T> to{x.begin + first, x.stride};
    dots(part, head.key_width, sign, head.query, head.key, to);
    if (head.distance.key.begin) by_distance->add_dots(part, head.key_width, sign, head.query, head.distance.key, to);
  }
}

/// Returns true if a tile had a pair that is not seen.
template <class T>
bool attend(const AttentionHead<T>& head, Index begin, Index end, Rows<T> y, WeightNormalization<T> saved,
            Pairs pairs) {
  const auto& elementwise = get<NumberKernels<T>>();
  const auto& softmax = get<SoftmaxKernels<T>>();
  const Tile all = seen_keys(head, begin, end);
  const Scratch<T> scratch(end - begin, std::min(all.keys, forward_keys));
  const Rows<T> weights = scratch;
  auto by_distance = distance_products(head, end - begin, std::min(all.keys, forward_keys));
  OnlineSoftmax<T> state[attention_query_block];
  std::fill_n(state, end - begin, OnlineSoftmax<T>{-std::numeric_limits<T>::infinity(), 0});

  bool begun = false, some_unseen = false;
  bool buffer[attention_max_keys];
  for (Index key = all.key; key < all.key + all.keys; key += forward_keys) {
    const Tile tile{begin, end - begin, key, std::min(forward_keys, all.key + all.keys - key)};
    if (!sees_any(head, tile)) continue;
    make_scores(head, tile, by_distance ? &*by_distance : nullptr, weights);
    for (Index i = 0; i < tile.queries; ++i) {
      const SeenKeys seen = seen_of(head, begin + i, tile, buffer);
      const Index n = seen.end - seen.begin;
      T* const w = weights[i] + seen.begin;
      const bool* const keep = seen.keep ? seen.keep + seen.begin : nullptr;
      const T size = add_bias(head, begin + i, key + seen.begin, w, n);
      const Index kept = keep ? gather_kept(w, keep, n) : n;
      some_unseen = some_unseen || kept < tile.keys;
      if (kept > 0) {
        const T rescale = softmax.online_softmax(size, w, kept, &state[i]);
        if (begun && rescale != 1) elementwise.scale(rescale, {y[begin + i]}, y[begin + i], head.value_width);
      }
      if (keep) spread_kept(w, keep, n, kept);
      if (kept > 0 && head.dropout > 0) {
        drop<T>(head, begin + i, key + seen.begin, w, w, n);
      }
      std::fill(weights[i], w, T{0});
      std::fill(w + n, weights[i] + tile.keys, T{0});
    }
    const Rows<const T> numbers{weights.begin, weights.stride};
    sum_columns<T>({head, tile, pairs, numbers}, head.value_width, from_row(head.value, key), from_row(y, begin),
                   begun);
    if (head.distance.value.begin) {
      by_distance->spread(tile, numbers);
      by_distance->add_sums(tile, pairs, head.value_width, head.distance.value, y);
    }
    begun = true;
  }

  for (Index i = begin; i < end; ++i) {
    const auto [maximum, sum] = state[i - begin];
    const T factor = sum == 0 ? T{0} : 1 / sum;
    if (saved.shift) saved.shift[i] = maximum == -std::numeric_limits<T>::infinity() ? T{0} : maximum;
    if (saved.factor) saved.factor[i] = factor;
    if (sum == 0) {
      std::fill_n(y[i], head.value_width, T{0});
    } else {
      elementwise.scale(factor, {y[i]}, y[i], head.value_width);
    }
  }
  return some_unseen;
}

}  // namespace

template <class T>
bool are_finite(Rows<const T> x, Index rows, Index width) {
  constexpr Index columns = 64;
  for (Index first = 0; first < width; first += columns) {
    const Index n = std::min(columns, width - first);
    T sums[columns] = {};
    get<ReduceKernels<T>>().sum_columns({rows, n}, {x.begin + first, x.stride}, sums);
    if (!std::all_of(sums, sums + n, [](T v) { return std::isfinite(v); })) return false;
  }
  return true;
}

template <class T>
void attention(const AttentionHead<T>& head, Index begin, Index end, Rows<T> y, WeightNormalization<T> weights) {
  const detail::BlockedSignals for_all(std::is_same_v<T, float> && end - begin > 1);
  const bool some_unseen = attend(head, begin, end, y, weights, Pairs::all);
  if (some_unseen && !are_finite<T>({y[begin], y.stride}, end - begin, head.value_width))
    attend(head, begin, end, y, weights, Pairs::seen);
}

template <class T>
void attention_backward(const AttentionHead<T>& head, const AttentionOutput<T>& output,
                        const AttentionGradients<T>& gradients, Pairs pairs) {
  const detail::BlockedSignals for_all(std::is_same_v<T, float>);
  const auto& elementwise = get<NumberKernels<T>>();
  const auto& softmax = get<SoftmaxKernels<T>>();
  const Index most = std::min(head.queries, attention_query_block), wide = std::min(head.keys, backward_keys);
  const Scratch<T> weights_scratch(most, wide), scores_scratch(most, wide);
  const Rows<T> weights = weights_scratch, dscores = scores_scratch;
  auto by_distance = distance_products(head, most, wide);
  const DistanceTerms<T>& of_distance = gradients.distance;
  const T scale = head.distance.bias ? T{1} : head.scale;

  for (Index begin = 0; begin < head.queries; begin += attention_query_block) {
    const Index end = std::min(begin + attention_query_block, head.queries);
    const Tile all = seen_keys(head, begin, end);
    T dot[attention_query_block];
    for (Index i = begin; i < end; ++i) dot[i - begin] = softmax.dot(output.dy[i], output.y[i], head.value_width);

    bool begun = false;
    bool buffer[attention_max_keys];
    for (Index key = all.key; key < all.key + all.keys; key += backward_keys) {
      const Tile tile{begin, end - begin, key, std::min(backward_keys, all.key + all.keys - key)};
      if (!sees_any(head, tile)) continue;
      make_scores(head, tile, by_distance ? &*by_distance : nullptr, weights);
      dots(tile, head.value_width, T{1}, output.dy, head.value, dscores);
      if (head.distance.value.begin)
        by_distance->add_dots(tile, head.value_width, T{1}, output.dy, head.distance.value, dscores);
      for (Index i = begin; i < end; ++i) {
        const SeenKeys seen = seen_of(head, i, tile, buffer);
        const Index n = seen.end - seen.begin;
        T *w = weights[i - begin] + seen.begin, *d = dscores[i - begin] + seen.begin;
        const bool* const keep = seen.keep ? seen.keep + seen.begin : nullptr;
        const T size = add_bias(head, i, key + seen.begin, w, n);
        softmax.softmax_weights(size, output.weights.shift[i], output.weights.factor[i], w, w, n);
        if (keep) clear_others(w, keep, n);
        row_backward(head, scale, i, key + seen.begin, dot[i - begin], w, d, n);
        if (keep) clear_others(d, keep, n);
        if (of_distance.bias) {
          T* const sum = of_distance.bias + distance_of(head, i, key + seen.begin);
          elementwise.binary[Binary::add]({sum}, {d}, sum, n);
        }
        if (head.distance.bias) elementwise.scale(head.scale, {d}, d, n);
        for (const auto& [of_row, kept] : {std::pair{weights[i - begin], w}, {dscores[i - begin], d}}) {
          std::fill(of_row, kept, T{0});
          std::fill(kept + n, of_row + tile.keys, T{0});
        }
      }
      const PairNumbers<T> z_weights{head, tile, pairs, {weights.begin, weights.stride}};
      const PairNumbers<T> ds{head, tile, pairs, {dscores.begin, dscores.stride}};
      if (gradients.value.begin)
        add_queries(z_weights, head.value_width, from_row(output.dy, begin), from_row(gradients.value, key));
      if (gradients.query.begin)
        sum_columns(ds, head.key_width, from_row(head.key, key), from_row(gradients.query, begin), begun);
      if (gradients.key.begin)
        add_queries(ds, head.key_width, from_row(head.query, begin), from_row(gradients.key, key));
      if (of_distance.value.begin) {
        by_distance->spread(tile, z_weights.numbers);
        by_distance->add_to_distances(tile, pairs, head.value_width, output.dy, of_distance.value);
      }
      if (head.distance.key.begin && (gradients.query.begin || of_distance.key.begin)) {
        by_distance->spread(tile, ds.numbers);
        if (gradients.query.begin)
          by_distance->add_sums(tile, pairs, head.key_width, head.distance.key, gradients.query);
        if (of_distance.key.begin)
          by_distance->add_to_distances(tile, pairs, head.key_width, head.query, of_distance.key);
      }
      begun = true;
    }
    if (!begun && gradients.query.begin)
      for (Index i = begin; i < end; ++i) std::fill_n(gradients.query[i], head.key_width, T{0});
  }
}

template bool are_finite(Rows<const float>, Index, Index);
template bool are_finite(Rows<const double>, Index, Index);
template void attention(const AttentionHead<float>&, Index, Index, Rows<float>, WeightNormalization<float>);
template void attention(const AttentionHead<double>&, Index, Index, Rows<double>, WeightNormalization<double>);
template void attention_backward(const AttentionHead<float>&, const AttentionOutput<float>&,
                                 const AttentionGradients<float>&, Pairs);
template void attention_backward(const AttentionHead<double>&, const AttentionOutput<double>&,
                                 const AttentionGradients<double>&, Pairs);

}  // namespace heed::kernels
