#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "pair_counts.h"

namespace heed::text::detail {

/// Merges of byte pair encoding in the order of training, and their application to words.
class PairMerges {
 public:
  /// Appends a merge. A pair that was added before keeps its first rank.
  void add(Pair pair, std::int32_t joined) { joins_.emplace(pair, Join{next_++, joined}); }

  /// Applies the merges to a word: repeatedly merges all occurrences of the pair of lowest rank, from the left.
  void apply(std::vector<std::int32_t>& symbols) const;

 private:
  struct Join {
    std::int32_t rank, joined;
  };

  void apply_by_passes(std::vector<std::int32_t>& symbols) const;
  void apply_by_queue(std::vector<std::int32_t>& symbols) const;

  std::unordered_map<Pair, Join, PairHash> joins_;
  std::int32_t next_ = 0;
};

}  // namespace heed::text::detail
