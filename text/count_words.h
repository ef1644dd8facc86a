#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../graph/executor.h"
#include "pair_counts.h"

namespace heed::text {

/// Every word of the texts with how often it occurs, in the order of their bytes. `each_word(text, take)` calls
/// take(std::string_view) for each word of one text; texts are read in parallel.
template <class EachWord>
std::vector<std::pair<std::string, Count>> count_words(std::span<const std::string> texts, const EachWord& each_word) {
  using WordCounts = std::unordered_map<std::string, Count>;
  constexpr std::size_t chunk_texts = 1024;
  const std::size_t chunks = (texts.size() + chunk_texts - 1) / chunk_texts;
  std::vector<WordCounts> counts(chunks);
  // Cut by texts; each chunk counts for itself. Sums of integers are the same in any order.
  parallel_chunks(static_cast<std::int64_t>(chunks), [&](std::int64_t chunk) {
    const std::size_t begin = static_cast<std::size_t>(chunk) * chunk_texts;
    WordCounts& mine = counts[static_cast<std::size_t>(chunk)];
    std::string word;
    for (const std::string& text : texts.subspan(begin, std::min(chunk_texts, texts.size() - begin)))
      each_word(text, [&](std::string_view next) { ++mine[word.assign(next)]; });
  });
  WordCounts total;
  for (const WordCounts& some : counts)
    for (const auto& [word, count] : some) total[word] += count;
  std::vector<std::pair<std::string, Count>> words(total.begin(), total.end());
  std::sort(words.begin(), words.end());
  return words;
}

}  // namespace heed::text
