// Internal: the distance-dependent options of attention as tensors with a row for each distance that occurs in a
// call.
#pragma once

#include <vector>

#include "../attention/attention.h"
#include "../kernels/attention.h"

namespace heed::detail {

/// Distances that occur in a call: row r is for the distance farthest - r, 0 <= r < count.
class Distances {
 public:
  Distances() = default;
  Distances(const Sequences& queries, const Sequences& keys);

  std::int64_t count() const { return count_; }
  /// Returns the distances, int64 [count], the argument of a DistanceFunction.
  Tensor numbers() const;
  /// First row of a sequence with both queries and keys; its rows are [first, first + queries + keys - 1).
  std::int64_t first(std::int64_t keys) const { return farthest_ - (keys - 1); }

 private:
  std::int64_t farthest_ = -1, count_ = 0;
};

/// Results of the functions, empty where an option is not set; with history if a function's result has it.
struct DistanceTensors {
  Tensor bias;          // [heads, distances]
  Tensor keys, values;  // [distances, heads of the table, width]
};

/// Factor of the scores. Throws Error unless it is finite.
double scale_of(const char* op, const AttentionOptions& options, std::int64_t key_width);

/// Calls the functions of the options. Throws Error if a result has the wrong shape or dtype.
DistanceTensors distance_tensors(const char* op, const AttentionOptions& options, const Distances& distances,
                                 const Tensor& query, std::int64_t value_width);

/// Rows of one head of one sequence, as kernels take them.
template <class T>
kernels::DistanceTerms<const T> distances_of_head(const DistanceTensors& tensors, const Distances& distances,
                                                  std::int64_t queries, std::int64_t keys, std::int64_t head,
                                                  std::int64_t heads) {
  if (queries == 0 || keys == 0) return {};
  const std::int64_t first = distances.first(keys);
  const auto rows = [&](const Tensor& x) -> kernels::Rows<const T> {
    if (!x) return {nullptr, 0};
    const std::int64_t own = head / (heads / x.size(1)), row = x.size(1) * x.size(2);
    return {read<T>(x) + first * row + own * x.size(2), row};
  };
  return {.bias = tensors.bias ? read<T>(tensors.bias) + head * tensors.bias.size(1) + first : nullptr,
          .key = rows(tensors.keys),
          .value = rows(tensors.values)};
}

/// Gradient of the rows of distances. Each head and sequence accumulates into separate rows, which are added up at the
/// end in a fixed order, so the bits do not depend on the number of threads.
template <class T>
class DistanceSums {
 public:
  /// With width 0 nothing is summed.
  DistanceSums(const Distances& distances, const Sequences& queries, const Sequences& keys, std::int64_t heads,
               std::int64_t width);

  /// Returns the rows of a head and sequence, set to 0.
  kernels::Rows<T> rows(std::int64_t sequence, std::int64_t head);
  /// Writes the sums to a tensor whose element for row r, head h and feature i is at r * row_step + h * head_step + i,
  /// and whose number of heads divides that of the sums.
  void sum(T* to, std::int64_t to_heads, std::int64_t row_step, std::int64_t head_step) const;

 private:
  std::int64_t row_count(std::int64_t sequence) const;

  Distances distances_;
  Sequences queries_, keys_;
  std::int64_t heads_, width_;
  std::vector<std::int64_t, arena::Allocator<std::int64_t>> begins_;  // first row of each sequence, and the end
  Tensor parts_;                                                      // [heads, rows of all sequences, width]
  T* part_ = nullptr;
};

/// For the composition: gathers, for each query and key of a sequence, the element of their distance. Takes products
/// [heads, queries, distances] or a bias [heads, distances]; returns [heads, queries, keys].
Tensor pairs_of_distances(const Distances& distances, const Tensor& by_distance, std::int64_t queries,
                          std::int64_t keys);
/// The transposed map: sums weights [heads, queries, keys] by distance into [heads, queries, distances].
Tensor distances_of_pairs(const Distances& distances, const Tensor& by_pair);

}  // namespace heed::detail
