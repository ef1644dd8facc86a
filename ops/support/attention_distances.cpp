#include "attention_distances.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "../../graph/create.h"
#include "../../graph/executor.h"
#include "../../graph/fail.h"
#include "../../graph/support/expect_number.h"
#include "../index/gather.h"
#include "../shape/view.h"
#include "elementwise.h"

namespace heed::detail {

Distances::Distances(const Sequences& queries, const Sequences& keys) {
  std::int64_t most_queries = 0;
  for (std::int64_t s = 0; s < queries.count(); ++s) {
    if (queries.length(s) == 0 || keys.length(s) == 0) continue;
    farthest_ = std::max(farthest_, keys.length(s) - 1);
    most_queries = std::max(most_queries, queries.length(s));
  }
  if (most_queries > 0) count_ = farthest_ + most_queries;  // from `farthest` down to 1 - most_queries
}

Tensor Distances::numbers() const {
  const Tensor numbers = empty({count_}, int64);
  auto* const to = fill<std::int64_t>(numbers);
  for (std::int64_t r = 0; r < count_; ++r) to[r] = farthest_ - r;
  return numbers;
}

double scale_of(const char* op, const AttentionOptions& options, std::int64_t key_width) {
  if (!options.scale) return 1 / std::sqrt(static_cast<double>(key_width));
  expect_finite(op, "scale", *options.scale);
  return *options.scale;
}

namespace {

Tensor vectors(const char* op, const char* what, const DistanceFunction& function, const Tensor& numbers,
               const Tensor& query, std::int64_t width) {
  if (!function) return {};
  const Tensor x = function(numbers);
  const std::int64_t count = numbers.size(0), heads = query.size(1);
  check_same_dtype(op, "query", query, what, x);
  if (x.rank() != 3 || x.size(0) != count || x.size(1) == 0 || heads % x.size(1) != 0 || x.size(2) != width)
    fail("{}: {} of {} distances are {}, but with {} heads they must be [{}, heads or a divisor of it, {}]", op, what,
         count, to_string(x.shape()), heads, count, width);
  return contiguous(x);
}

}  // namespace

DistanceTensors distance_tensors(const char* op, const AttentionOptions& options, const Distances& distances,
                                 const Tensor& query, std::int64_t value_width) {
  if (!options.bias && !options.relative_keys && !options.relative_values) return {};
  const Tensor numbers = distances.numbers();
  DistanceTensors tensors;
  if (options.bias) {
    const Tensor bias = options.bias(numbers);
    check_same_dtype(op, "query", query, "bias", bias);
    if (bias.shape() != Shape{distances.count(), query.size(1)})
      fail("{}: the bias of {} distances is {}, but with {} heads it must be [{}, {}]", op, distances.count(),
           to_string(bias.shape()), query.size(1), distances.count(), query.size(1));
    tensors.bias = contiguous(transpose(bias));
  }
  tensors.keys = vectors(op, "relative_keys", options.relative_keys, numbers, query, query.size(2));
  tensors.values = vectors(op, "relative_values", options.relative_values, numbers, query, value_width);
  return tensors;
}

template <class T>
DistanceSums<T>::DistanceSums(const Distances& distances, const Sequences& queries, const Sequences& keys,
                              std::int64_t heads, std::int64_t width)
    : distances_(distances), queries_(queries), keys_(keys), heads_(heads), width_(width) {
  if (width == 0) return;
  begins_.push_back(0);
  for (std::int64_t s = 0; s < queries.count(); ++s) begins_.push_back(begins_.back() + row_count(s));
  parts_ = empty({heads, begins_.back(), width}, dtype_of<T>);
  part_ = fill<T>(parts_);
}

template <class T>
std::int64_t DistanceSums<T>::row_count(std::int64_t sequence) const {
  const std::int64_t queries = queries_.length(sequence), keys = keys_.length(sequence);
  return queries > 0 && keys > 0 ? queries + keys - 1 : 0;
}

template <class T>
kernels::Rows<T> DistanceSums<T>::rows(std::int64_t sequence, std::int64_t head) {
  if (width_ == 0) return {nullptr, 0};
  T* const begin = part_ + (head * parts_.size(1) + begins_[static_cast<std::size_t>(sequence)]) * width_;
  std::fill_n(begin, row_count(sequence) * width_, T{0});
  return {begin, width_};
}

template <class T>
void DistanceSums<T>::sum(T* to, std::int64_t to_heads, std::int64_t row_step, std::int64_t head_step) const {
  const std::int64_t group = heads_ / to_heads, all = parts_.size(1);
  const double cost = 0.5 * static_cast<double>(heads_ * width_ * (queries_.count() + 1));
  // Cut by distances: each task writes separate rows.
  parallel(distances_.count(), cost, [&](Range part) {
    for (std::int64_t h = 0; h < to_heads; ++h)
      for (std::int64_t r = part.begin; r < part.end; ++r) std::fill_n(to + r * row_step + h * head_step, width_, T{0});
    for (std::int64_t s = 0; s < queries_.count(); ++s) {
      const std::int64_t first = distances_.first(keys_.length(s));
      const std::int64_t begin = std::max(part.begin, first), end = std::min(part.end, first + row_count(s));
      for (std::int64_t head = 0; head < heads_; ++head) {
        const T* from = part_ + (head * all + begins_[static_cast<std::size_t>(s)] + begin - first) * width_;
        T* row = to + begin * row_step + head / group * head_step;
        for (std::int64_t r = begin; r < end; ++r, from += width_, row += row_step)
          for (std::int64_t i = 0; i < width_; ++i) row[i] += from[i];
      }
    }
  });
}

template class DistanceSums<float>;
template class DistanceSums<double>;

namespace {

/// Row index of the distance of query i and key j: int64 [1, queries, keys].
Tensor rows_of_pairs(const Distances& distances, std::int64_t queries, std::int64_t keys) {
  const Tensor rows = empty({1, queries, keys}, int64);
  auto* to = fill<std::int64_t>(rows);
  for (std::int64_t i = 0; i < queries; ++i, to += keys)
    std::iota(to, to + keys, distances.first(keys) + queries - 1 - i);
  return rows;
}

}  // namespace

Tensor pairs_of_distances(const Distances& distances, const Tensor& by_distance, std::int64_t queries,
                          std::int64_t keys) {
  const std::int64_t heads = by_distance.size(0), count = by_distance.shape()[-1];
  const Tensor of_queries = by_distance.rank() == 3
                                ? by_distance
                                : broadcast_to(reshape(by_distance, {heads, 1, count}), {heads, queries, count});
  return gather(of_queries, 2, broadcast_to(rows_of_pairs(distances, queries, keys), {heads, queries, keys}));
}

Tensor distances_of_pairs(const Distances& distances, const Tensor& by_pair) {
  const std::int64_t heads = by_pair.size(0), queries = by_pair.size(1), keys = by_pair.size(2);
  const Tensor index = broadcast_to(rows_of_pairs(distances, queries, keys), {heads, queries, keys});
  return scatter_add(zeros({heads, queries, distances.count()}, by_pair.dtype()), 2, index, by_pair);
}

}  // namespace heed::detail
