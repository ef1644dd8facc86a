// How often symbols stand beside each other in words, kept up while pairs of them are joined: what training by byte
// pair encoding does (Sennrich et al. 2016, arXiv:1508.07909, section 3.2).
#pragma once

#include <algorithm>
#include <cstdint>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

namespace heed::text {

/// How often something occurs.
using Count = std::int64_t;

/// A word that occurs `count` times, as the symbols it consists of so far.
struct CountedWord {
  std::vector<std::int32_t> symbols;
  Count count;
};

/// Two neighbouring symbols.
struct Pair {
  std::int32_t left, right;
  friend auto operator<=>(const Pair&, const Pair&) = default;
};
struct PairHash {
  std::size_t operator()(Pair pair) const {
    const std::uint64_t both =
        std::uint64_t{static_cast<std::uint32_t>(pair.left)} << 32 | static_cast<std::uint32_t>(pair.right);
    return both * 0x9E3779B97F4A7C15 >> 20;
  }
};

/// How often each pair occurs, and in which words; the most frequent one first. `comes_first(a, b)` says which of two
/// equally frequent pairs is taken first. A join costs what the words that hold the pair cost, and nothing else.
template <class ComesFirst>
class PairCounts {
 public:
  PairCounts(std::vector<CountedWord> words, ComesFirst comes_first)
      : words_(std::move(words)), queue_(Less{std::move(comes_first)}) {
    for (std::uint32_t word = 0; word < words_.size(); ++word) {
      const std::vector<std::int32_t>& symbols = words_[word].symbols;
      for (std::size_t i = 0; i + 1 < symbols.size(); ++i) add({symbols[i], symbols[i + 1]}, word);
    }
    for (const auto& [pair, place] : places_) queue_.push({place.count, pair});
  }

  /// The most frequent pair, with its count; a count of 0 if none is left.
  std::pair<Count, Pair> best() {
    while (!queue_.empty()) {
      const Entry top = queue_.top();
      const Count now = places_.at(top.pair).count;
      if (now == top.count && now > 0) return {now, top.pair};
      queue_.pop();  // the count has changed since; where it has grown, it stands in the queue again
      if (now > 0 && now < top.count) queue_.push({now, top.pair});
    }
    return {0, {}};
  }

  /// Joins the pair wherever it stands, from the left of each word, to the symbol `joined`.
  void join_everywhere(Pair pair, std::int32_t joined) {
    const std::vector<std::uint32_t> where = std::move(places_.at(pair).words);
    for (const std::uint32_t word : where) join(word, pair, joined);
    places_.at(pair) = {};
    std::sort(grown_.begin(), grown_.end());
    grown_.erase(std::unique(grown_.begin(), grown_.end()), grown_.end());
    for (const Pair now : grown_) queue_.push({places_.at(now).count, now});
    grown_.clear();
  }

 private:
  struct Place {
    Count count = 0;
    std::vector<std::uint32_t> words;  // in which the pair stands, or once stood
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
    Place& place = places_[pair];
    place.count += words_[word].count;
    if (place.words.empty() || place.words.back() != word) place.words.push_back(word);
  }
  void add_new(Pair pair, std::uint32_t word) {
    add(pair, word);
    grown_.push_back(pair);
  }
  void remove(Pair pair, std::uint32_t word) { places_.at(pair).count -= words_[word].count; }

  /// In one word; moves the counts of the pairs beside each join.
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
  std::unordered_map<Pair, Place, PairHash> places_;
  std::priority_queue<Entry, std::vector<Entry>, Less> queue_;
  std::vector<Pair> grown_;  // since the last join_everywhere, with repetitions
};

}  // namespace heed::text
