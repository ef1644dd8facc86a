#include "train_wordpiece.h"

#include <algorithm>
#include <map>
#include <queue>

#include "../graph/executor.h"
#include "../graph/fail.h"
#include "unicode.h"

namespace heed::text {
namespace {

using Count = std::int64_t;
using WordCounts = std::unordered_map<std::string, Count>;

/// A word that occurs `count` times, as the pieces it consists of so far.
struct Word {
  Tokens pieces;
  Count count;
};

/// Two neighbouring pieces.
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

/// Every word of the texts with how often it occurs, in the order of their bytes.
std::vector<std::pair<std::string, Count>> count_words(std::span<const std::string> texts, const Normalization& how) {
  constexpr std::size_t chunk_texts = 1024;
  const std::size_t chunks = (texts.size() + chunk_texts - 1) / chunk_texts;
  std::vector<WordCounts> counts(chunks);
  // Cut by texts; each chunk counts for itself. Sums of integers are the same in any order.
  parallel_chunks(static_cast<std::int64_t>(chunks), [&](std::int64_t chunk) {
    const std::size_t begin = static_cast<std::size_t>(chunk) * chunk_texts;
    WordCounts& mine = counts[static_cast<std::size_t>(chunk)];
    std::string word;
    for (const std::string& text : texts.subspan(begin, std::min(chunk_texts, texts.size() - begin))) {
      const std::string normalized = normalize(text, how);
      std::string_view rest = normalized;
      for (std::string_view next = take_word(rest); !next.empty(); next = take_word(rest)) {
        if (next.size() > longest_word && count_characters(next) > longest_word) continue;
        ++mine[word.assign(next)];
      }
    }
  });
  WordCounts total;
  for (const WordCounts& some : counts)
    for (const auto& [word, count] : some) total[word] += count;
  std::vector<std::pair<std::string, Count>> words(total.begin(), total.end());
  std::sort(words.begin(), words.end());
  return words;
}

/// The most frequent characters of the words, at most `most` of them; the smaller code point first among equals.
std::vector<char32_t> choose_alphabet(const std::vector<std::pair<std::string, Count>>& words, std::int64_t most) {
  std::map<char32_t, Count> counts;
  for (const auto& [word, count] : words)
    for (std::size_t at = 0; at < word.size();) counts[next_character(word, at)] += count;
  std::vector<std::pair<char32_t, Count>> ranked(counts.begin(), counts.end());
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (ranked.size() > static_cast<std::size_t>(most)) ranked.resize(static_cast<std::size_t>(most));
  std::vector<char32_t> alphabet;
  for (const auto& [character, count] : ranked) alphabet.push_back(character);
  std::sort(alphabet.begin(), alphabet.end());
  return alphabet;
}

/// Pieces and their numbers, in the order they were made.
class Pieces {
 public:
  std::int32_t add(const std::string& piece) {
    const auto [found, is_new] = numbers_.emplace(piece, static_cast<std::int32_t>(names_.size()));
    if (is_new) names_.push_back(piece);
    return found->second;
  }
  std::int32_t join(Pair pair) { return add(name(pair.left) + name(pair.right).substr(continuation.size())); }
  std::int32_t number(const std::string& piece) const { return numbers_.at(piece); }
  bool has(const std::string& piece) const { return numbers_.contains(piece); }
  std::size_t size() const { return names_.size(); }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  const std::string& name(std::int32_t number) const { return names_[static_cast<std::size_t>(number)]; }

  std::vector<std::string> names_;
  std::unordered_map<std::string, std::int32_t> numbers_;
};

std::string character_piece(char32_t character, bool begins_word) {
  std::string piece(begins_word ? "" : continuation);
  append_character(piece, character);
  return piece;
}

/// How often each pair occurs, and in which words; the most frequent one first.
class Pairs {
 public:
  explicit Pairs(std::vector<Word> words) : words_(std::move(words)) {
    for (std::uint32_t word = 0; word < words_.size(); ++word) {
      const Tokens& pieces = words_[word].pieces;
      for (std::size_t i = 0; i + 1 < pieces.size(); ++i) add({pieces[i], pieces[i + 1]}, word);
    }
    for (const auto& [pair, place] : places_) queue_.push({place.count, pair});
  }

  /// The most frequent pair, the smaller one among equals, with its count; a count of 0 if none is left.
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
    bool operator<(const Entry& other) const { return count != other.count ? count < other.count : other.pair < pair; }
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

  /// Joins the pair wherever it stands in a word, from the left, and moves the counts of the pairs beside it.
  void join(std::uint32_t word, Pair pair, std::int32_t joined) {
    Tokens& pieces = words_[word].pieces;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (i + 1 == pieces.size() || pieces[i] != pair.left || pieces[i + 1] != pair.right) {
        pieces[kept++] = pieces[i];
        continue;
      }
      if (kept > 0) {
        remove({pieces[kept - 1], pair.left}, word);
        add_new({pieces[kept - 1], joined}, word);
      }
      ++i;
      if (i + 1 < pieces.size()) {
        remove({pair.right, pieces[i + 1]}, word);
        add_new({joined, pieces[i + 1]}, word);
      }
      pieces[kept++] = joined;
    }
    pieces.resize(kept);
  }

  std::vector<Word> words_;
  std::unordered_map<Pair, Place, PairHash> places_;
  std::priority_queue<Entry> queue_;
  std::vector<Pair> grown_;  // since the last join_everywhere, with repetitions
};

/// The words whose characters are all in the alphabet, as pieces of one character.
std::vector<Word> split_words(const std::vector<std::pair<std::string, Count>>& counts, Pieces& pieces) {
  std::vector<std::pair<std::u32string, Count>> kept;
  std::vector<char32_t> continuing;
  for (const auto& [word, count] : counts) {
    std::u32string characters;
    for (std::size_t at = 0; at < word.size();) characters.push_back(next_character(word, at));
    const bool known = std::all_of(characters.begin(), characters.end(),
                                   [&](char32_t c) { return pieces.has(character_piece(c, true)); });
    if (!known) continue;
    continuing.insert(continuing.end(), characters.begin() + 1, characters.end());
    kept.emplace_back(std::move(characters), count);
  }
  std::sort(continuing.begin(), continuing.end());
  continuing.erase(std::unique(continuing.begin(), continuing.end()), continuing.end());
  for (const char32_t character : continuing) pieces.add(character_piece(character, false));

  std::vector<Word> words;
  for (const auto& [characters, count] : kept) {
    Word word{{}, count};
    for (std::size_t i = 0; i < characters.size(); ++i)
      word.pieces.push_back(pieces.number(character_piece(characters[i], i == 0)));
    words.push_back(std::move(word));
  }
  return words;
}

}  // namespace

WordPiece train_wordpiece(std::span<const std::string> texts, const TrainWordPiece& options) {
  if (options.vocabulary_size < 1 || options.minimum_count < 1 || options.alphabet < 1)
    fail("train_wordpiece: vocabulary_size is {}, minimum_count {} and alphabet {}, but each must be at least 1",
         options.vocabulary_size, options.minimum_count, options.alphabet);
  const std::vector<std::pair<std::string, Count>> counts = count_words(texts, options.normalization);
  Pieces pieces;
  for (const std::string_view token : special_tokens) pieces.add(std::string(token));
  for (const char32_t character : choose_alphabet(counts, options.alphabet))
    pieces.add(character_piece(character, true));
  std::vector<Word> words = split_words(counts, pieces);

  const auto size = static_cast<std::size_t>(options.vocabulary_size);
  if (pieces.size() > size)
    fail("train_wordpiece: vocabulary_size is {}, but the special tokens and the texts' characters alone are {} pieces",
         size, pieces.size());
  Pairs pairs(std::move(words));
  while (pieces.size() < size) {
    const auto [count, pair] = pairs.best();
    if (count < options.minimum_count) break;
    pairs.join_everywhere(pair, pieces.join(pair));
  }
  return WordPiece(pieces.take(), options.normalization);
}

}  // namespace heed::text
