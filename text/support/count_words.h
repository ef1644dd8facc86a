#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../../graph/executor.h"
#include "../detail/pair_counts.h"

namespace heed::text::detail {

/// Counts the words of texts, in parallel. Returns words and counts in byte order. `each_word(text, take)` must call
/// take(std::string_view) for each word of a text.
template <class EachWord>
std::vector<std::pair<std::string, Count>> count_words(std::span<const std::string> texts, const EachWord& each_word) {
  using WordCounts = std::unordered_map<std::string, Count>;
  constexpr std::size_t chunk_texts = 1024;
  const std::size_t chunks = (texts.size() + chunk_texts - 1) / chunk_texts;
  std::vector<WordCounts> counts(chunks);
  // Chunks of texts; each counts separately. Sums of integers do not depend on the order.
  parallel_chunks(static_cast<std::int64_t>(chunks), [&](std::int64_t chunk) {
    const std::size_t begin = static_cast<std::size_t>(chunk) * chunk_texts;
    WordCounts& own_counts = counts[static_cast<std::size_t>(chunk)];
    std::string word;
    for (const std::string& text : texts.subspan(begin, std::min(chunk_texts, texts.size() - begin)))
      each_word(text, [&](std::string_view next) { ++own_counts[word.assign(next)]; });
  });
  WordCounts total;
  for (const WordCounts& some : counts)
    for (const auto& [word, count] : some) total[word] += count;
  std::vector<std::pair<std::string, Count>> words(total.begin(), total.end());
  std::sort(words.begin(), words.end());
  return words;
}

}  // namespace heed::text::detail
