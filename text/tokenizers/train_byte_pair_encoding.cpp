#include "train_byte_pair_encoding.h"

#include <limits>
#include <set>

#include "../../graph/fail.h"
#include "../strings/unicode.h"
#include "../support/count_words.h"
#include "../support/numbered_pieces.h"

namespace heed::text {
using namespace heed::text::detail;

BytePairEncoding train_byte_pair_encoding(std::span<const std::string> texts, const TrainBytePairEncoding& options) {
  if (options.merges < 0 || options.minimum_count < 1 || options.vocabulary_size < 0)
    fail(
        "train_byte_pair_encoding: merges is {}, minimum_count {} and vocabulary_size {}, but minimum_count must be at "
        "least 1 and the others not negative",
        options.merges, options.minimum_count, options.vocabulary_size);
  const auto counts = count_words(texts, [](std::string_view text, const auto& take) {
    for (std::string_view word = take_spaced_word(text); !word.empty(); word = take_spaced_word(text)) take(word);
  });

  std::set<char32_t> characters;
  for (const auto& [word, count] : counts)
    for (std::size_t at = 0; at < word.size();) characters.insert(next_character(word, at));
  NumberedPieces symbols;
  for (const std::string_view end : {std::string_view(), end_of_word})
    for (const char32_t character : characters) {
      std::string symbol;
      append_character(symbol, character);
      symbols.add(symbol.append(end));
    }
  const std::int64_t size =
      options.vocabulary_size == 0 ? std::numeric_limits<std::int64_t>::max() : options.vocabulary_size;
  const auto pieces = [&] { return symbols.size() + std::ssize(sequence_tokens); };
  if (pieces() > size)
    fail(
        "train_byte_pair_encoding: vocabulary_size is {}, but the special tokens and the texts' characters, within and "
        "at the end of words, are {} pieces",
        size, pieces());

  std::vector<CountedWord> words;
  for (const auto& [word, count] : counts) {
    CountedWord counted{{}, count};
    for (std::size_t at = 0; at < word.size();) {
      std::string symbol;
      append_character(symbol, next_character(word, at));
      if (at == word.size()) symbol += end_of_word;
      counted.symbols.push_back(symbols.add(symbol));
    }
    words.push_back(std::move(counted));
  }
  PairCounts pairs(std::move(words), [&](Pair a, Pair b) {
    const int left = symbols[a.left].compare(symbols[b.left]);
    return left != 0 ? left > 0 : symbols[a.right] > symbols[b.right];
  });
  std::vector<BytePairEncoding::Merge> merges;
  while (std::ssize(merges) < options.merges && pieces() < size) {
    const auto [count, pair] = pairs.best();
    if (count < options.minimum_count) break;
    const std::string left = symbols[pair.left], right = symbols[pair.right];
    pairs.merge_everywhere(pair, symbols.add(left + right));
    merges.emplace_back(left, right);
  }
  return BytePairEncoding::from_merges({characters.begin(), characters.end()}, std::move(merges));
}

}  // namespace heed::text
