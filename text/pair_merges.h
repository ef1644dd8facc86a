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
  void apply(std::vector<std::int32_t>& symbols) const {
    while (symbols.size() > 1) {
      Join first{next_, 0};
      Pair pair{};
      for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
        const auto found = joins_.find({symbols[i], symbols[i + 1]});
        if (found == joins_.end() || found->second.place >= first.place) continue;
        first = found->second;
        pair = found->first;
      }
      if (first.place == next_) return;
      std::size_t kept = 0;
      for (std::size_t i = 0; i < symbols.size(); ++i) {
        const bool joins = i + 1 < symbols.size() && symbols[i] == pair.left && symbols[i + 1] == pair.right;
        symbols[kept++] = joins ? first.joined : symbols[i];
        if (joins) ++i;
      }
      symbols.resize(kept);
    }
  }

 private:
  struct Join {
    std::int32_t place, joined;
  };

  std::unordered_map<Pair, Join, PairHash> joins_;
  std::int32_t next_ = 0;
};

}  // namespace heed::text
