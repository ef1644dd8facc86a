#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "pair_counts.h"

namespace heed::text {

/// The joins that training by byte pair encoding chose, in its order, and what they make of a word.
class PairMerges {
 public:
  /// The next join. A pair that was joined before keeps its first place.
  void add(Pair pair, std::int32_t joined) { joins_.emplace(pair, Join{next_++, joined}); }

  /// Joins, again and again, the pair that was chosen first of those in the word, wherever it stands, from the left.
  void apply(std::vector<std::int32_t>& symbols) const;

 private:
  struct Join {
    std::int32_t place, joined;
  };

  void apply_by_passes(std::vector<std::int32_t>& symbols) const;
  void apply_by_queue(std::vector<std::int32_t>& symbols) const;

  std::unordered_map<Pair, Join, PairHash> joins_;
  std::int32_t next_ = 0;
};

}  // namespace heed::text
