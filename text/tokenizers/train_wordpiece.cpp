#include "train_wordpiece.h"

#include <algorithm>
#include <map>

#include "../../graph/fail.h"
#include "../detail/pair_counts.h"
#include "../strings/unicode.h"
#include "../support/count_words.h"
#include "../support/numbered_pieces.h"

namespace heed::text {
using namespace heed::text::detail;

namespace {

/// Returns the `max_size` most frequent characters of the words, sorted; the smaller code point first among equals.
std::vector<char32_t> choose_alphabet(const std::vector<std::pair<std::string, Count>>& words, std::int64_t max_size) {
  std::map<char32_t, Count> counts;
  for (const auto& [word, count] : words)
    for (std::size_t at = 0; at < word.size();) counts[next_character(word, at)] += count;
  std::vector<std::pair<char32_t, Count>> ranked(counts.begin(), counts.end());
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  if (ranked.size() > static_cast<std::size_t>(max_size)) ranked.resize(static_cast<std::size_t>(max_size));
  std::vector<char32_t> alphabet;
  for (const auto& [character, count] : ranked) alphabet.push_back(character);
  std::sort(alphabet.begin(), alphabet.end());
  return alphabet;
}

std::string character_piece(char32_t character, bool begins_word) {
  std::string piece(begins_word ? "" : continuation);
  append_character(piece, character);
  return piece;
}

/// Splits the words whose characters are all in the alphabet into pieces of one character.
std::vector<CountedWord> split_words(const std::vector<std::pair<std::string, Count>>& counts, NumberedPieces& pieces) {
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

  std::vector<CountedWord> words;
  for (const auto& [characters, count] : kept) {
    CountedWord word{{}, count};
    for (std::size_t i = 0; i < characters.size(); ++i)
      word.symbols.push_back(pieces.number(character_piece(characters[i], i == 0)));
    words.push_back(std::move(word));
  }
  return words;
}

}  // namespace

WordPiece train_wordpiece(std::span<const std::string> texts, const TrainWordPiece& options) {
  if (options.vocabulary_size < 1 || options.minimum_count < 1 || options.alphabet < 1)
    fail("train_wordpiece: vocabulary_size is {}, minimum_count {} and alphabet {}, but each must be at least 1",
         options.vocabulary_size, options.minimum_count, options.alphabet);
  const std::vector<std::pair<std::string, Count>> counts =
      count_words(texts, [&](const std::string& text, const auto& take) {
        const std::string normalized = normalize(text, options.normalization);
        std::string_view rest = normalized;
        for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest))
          if (word.size() <= max_word_length || count_characters(word) <= max_word_length) take(word);
      });
  NumberedPieces pieces;
  for (const std::string_view token : special_tokens) pieces.add(std::string(token));
  for (const char32_t character : choose_alphabet(counts, options.alphabet))
    pieces.add(character_piece(character, true));
  std::vector<CountedWord> words = split_words(counts, pieces);

  const std::int64_t size = options.vocabulary_size;
  if (pieces.size() > size)
    fail("train_wordpiece: vocabulary_size is {}, but the special tokens and the texts' characters alone are {} pieces",
         size, pieces.size());
  PairCounts pairs(std::move(words), [](Pair a, Pair b) { return a < b; });
  while (pieces.size() < size) {
    const auto [count, pair] = pairs.best();
    if (count < options.minimum_count) break;
    pairs.merge_everywhere(pair, pieces.add(pieces[pair.left] + pieces[pair.right].substr(continuation.size())));
  }
  return WordPiece(pieces.take(), options.normalization);
}

}  // namespace heed::text
