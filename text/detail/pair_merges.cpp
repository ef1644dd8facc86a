#include "pair_merges.h"

#include <cstddef>
#include <functional>
#include <queue>
#include <tuple>

namespace heed::text::detail {

void PairMerges::apply(std::vector<std::int32_t>& symbols) const {
  // A pass costs the word's length, and there are at most as many passes as letters; a queue costs allocations.
  constexpr std::size_t max_length_for_passes = 64;
  if (symbols.size() <= max_length_for_passes)
    apply_by_passes(symbols);
  else
    apply_by_queue(symbols);
}

void PairMerges::apply_by_passes(std::vector<std::int32_t>& symbols) const {
  while (symbols.size() > 1) {
    Join first{next_, 0};
    Pair pair{};
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto found = joins_.find({symbols[i], symbols[i + 1]});
      if (found == joins_.end() || found->second.rank >= first.rank) continue;
      first = found->second;
      pair = found->first;
    }
    if (first.rank == next_) return;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      const bool joins = i + 1 < symbols.size() && symbols[i] == pair.left && symbols[i + 1] == pair.right;
      symbols[kept++] = joins ? first.joined : symbols[i];
      if (joins) ++i;
    }
    symbols.resize(kept);
  }
}

/// Linked list of symbols with a priority queue of its pairs: O(n log n) for n letters.
void PairMerges::apply_by_queue(std::vector<std::int32_t>& symbols) const {
  struct Entry {
    std::int32_t rank;
    std::size_t at;  // index of the left symbol
    Pair pair;
    std::int32_t joined;
    bool operator>(const Entry& other) const { return std::tie(rank, at) > std::tie(other.rank, other.at); }
  };
  constexpr std::int32_t removed = -1;
  const std::size_t count = symbols.size();
  std::vector<std::size_t> before(count), after(count);
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  const auto push = [&](std::size_t at) {
    const Pair pair{symbols[at], symbols[after[at]]};
    if (const auto found = joins_.find(pair); found != joins_.end())
      queue.push({found->second.rank, at, pair, found->second.joined});
  };
  for (std::size_t i = 0; i < count; ++i) {
    before[i] = i - 1;
    after[i] = i + 1;
  }
  for (std::size_t i = 0; i + 1 < count; ++i) push(i);

  std::vector<std::size_t> joined;  // in this round
  while (!queue.empty()) {
    // A round merges all occurrences of one pair. New pairs wait for the next round, even those of lower rank.
    const std::int32_t rank = queue.top().rank;
    joined.clear();
    while (!queue.empty() && queue.top().rank == rank) {
      const Entry entry = queue.top();
      queue.pop();
      const std::size_t right = after[entry.at];
      if (right == count || symbols[entry.at] != entry.pair.left || symbols[right] != entry.pair.right) continue;
      symbols[entry.at] = entry.joined;
      symbols[right] = removed;
      after[entry.at] = after[right];
      if (after[right] < count) before[after[right]] = entry.at;
      joined.push_back(entry.at);
    }
    for (const std::size_t at : joined) {
      if (at > 0) push(before[at]);
      if (after[at] < count) push(at);
    }
  }
  std::erase(symbols, removed);
}

}  // namespace heed::text::detail
