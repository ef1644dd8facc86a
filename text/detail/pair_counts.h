// Counts of neighbouring symbols in words, updated as pairs are merged: training of byte pair encoding (Sennrich et al.
// 2016, arXiv:1508.07909, section 3.2).
#pragma once

#include <algorithm>
#include <cstdint>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../tokenizers/pair.h"

namespace heed::text::detail {

/// A word that occurs `count` times, as its current symbols.
struct CountedWord {
  std::vector<std::int32_t> symbols;
  Count count;
};

struct PairHash {
  std::size_t operator()(Pair pair) const {
    const std::uint64_t both =
        std::uint64_t{static_cast<std::uint32_t>(pair.left)} << 32 | static_cast<std::uint32_t>(pair.right);
    return both * 0x9E3779B97F4A7C15 >> 20;
  }
};

/// Priority queue of pairs by count, with the words in which they occur. `comes_first(a, b)` orders equally frequent
/// pairs. The cost of a merge is linear in the words that contain the pair.
template <class ComesFirst>
class PairCounts {
 public:
  PairCounts(std::vector<CountedWord> words, ComesFirst comes_first)
      : words_(std::move(words)), queue_(Less{std::move(comes_first)}) {
    for (std::uint32_t word = 0; word < words_.size(); ++word) {
      const std::vector<std::int32_t>& symbols = words_[word].symbols;
      for (std::size_t i = 0; i + 1 < symbols.size(); ++i) add({symbols[i], symbols[i + 1]}, word);
    }
    for (const auto& [pair, occurrences] : occurrences_) queue_.push({occurrences.count, pair});
  }

  /// Returns the most frequent pair and its count; a count of 0 if none is left.
  std::pair<Count, Pair> best() {
    while (!queue_.empty()) {
      const Entry top = queue_.top();
      const Count now = occurrences_.at(top.pair).count;
      if (now == top.count && now > 0) return {now, top.pair};
      queue_.pop();  // outdated; a pair whose count has grown has a newer entry
      if (now > 0 && now < top.count) queue_.push({now, top.pair});
    }
    return {0, {}};
  }

  /// Merges all occurrences of the pair, from the left of each word, to the symbol `joined`.
  void merge_everywhere(Pair pair, std::int32_t joined) {
    const std::vector<std::uint32_t> words = std::move(occurrences_.at(pair).words);
    for (const std::uint32_t word : words) join(word, pair, joined);
    occurrences_.at(pair) = {};
    std::sort(grown_.begin(), grown_.end());
    grown_.erase(std::unique(grown_.begin(), grown_.end()), grown_.end());
    for (const Pair now : grown_) queue_.push({occurrences_.at(now).count, now});
    grown_.clear();
  }

 private:
  struct Occurrences {
    Count count = 0;
    std::vector<std::uint32_t> words;  // that contain the pair, or once did
  };
  struct Entry {
    Count count;
    Pair pair;
  };
  struct Less {
    ComesFirst comes_first;
    bool operator()(const Entry& a, const Entry& b) const {
      return a.count != b.count ? a.count < b.count : comes_first(b.pair, a.pair);
    }
  };

  void add(Pair pair, std::uint32_t word) {
    Occurrences& of_pair = occurrences_[pair];
    of_pair.count += words_[word].count;
    if (of_pair.words.empty() || of_pair.words.back() != word) of_pair.words.push_back(word);
  }
  void add_new(Pair pair, std::uint32_t word) {
    add(pair, word);
    grown_.push_back(pair);
  }
  void remove(Pair pair, std::uint32_t word) { occurrences_.at(pair).count -= words_[word].count; }

  /// Merges the pair in one word and updates the counts of the neighbouring pairs.
  void join(std::uint32_t word, Pair pair, std::int32_t joined) {
    std::vector<std::int32_t>& symbols = words_[word].symbols;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      if (i + 1 == symbols.size() || symbols[i] != pair.left || symbols[i + 1] != pair.right) {
        symbols[kept++] = symbols[i];
        continue;
      }
      if (kept > 0) {
        remove({symbols[kept - 1], pair.left}, word);
        add_new({symbols[kept - 1], joined}, word);
      }
      ++i;
      if (i + 1 < symbols.size()) {
        remove({pair.right, symbols[i + 1]}, word);
        add_new({joined, symbols[i + 1]}, word);
      }
      symbols[kept++] = joined;
    }
    symbols.resize(kept);
  }

  std::vector<CountedWord> words_;
  std::unordered_map<Pair, Occurrences, PairHash> occurrences_;
  std::priority_queue<Entry, std::vector<Entry>, Less> queue_;
  std::vector<Pair> grown_;  // since the last merge_everywhere, with repetitions
};

}  // namespace heed::text::detail
