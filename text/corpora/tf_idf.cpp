#include "tf_idf.h"

#include <cmath>
#include <map>

#include "../../graph/create.h"
#include "../strings/unicode.h"
#include "../tokenizers/normalize.h"

namespace heed::text {
namespace {

/// Counts of the words of a text, in alphabetical order.
std::map<std::string, std::int64_t> count_words(const std::string& text) {
  const std::string normalized = normalize(text);
  std::map<std::string, std::int64_t> counts;
  std::string_view rest = normalized;
  for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest))
    if (count_characters(word) >= 2) ++counts[std::string(word)];
  return counts;
}

}  // namespace

TfIdf::TfIdf(std::span<const std::string> texts) {
  std::map<std::string, std::int64_t> documents_with;
  for (const std::string& text : texts)
    for (const auto& [word, count] : count_words(text)) ++documents_with[word];
  for (const auto& [word, documents] : documents_with) {
    if (documents < 2) continue;
    numbers_.emplace(word, words());
    rarity_.push_back(std::log((1 + static_cast<double>(texts.size())) / (1 + static_cast<double>(documents))) + 1);
  }
}

SparseDocuments TfIdf::operator()(std::span<const std::string> texts) const {
  std::vector<std::int64_t> document, word;
  std::vector<float> value;
  for (std::size_t d = 0; d < texts.size(); ++d) {
    const std::size_t begin = value.size();
    double squares = 0;
    for (const auto& [name, count] : count_words(texts[d])) {
      const auto known = numbers_.find(name);
      if (known == numbers_.end()) continue;
      const double x = (1 + std::log(static_cast<double>(count))) * rarity_[static_cast<std::size_t>(known->second)];
      document.push_back(static_cast<std::int64_t>(d));
      word.push_back(known->second);
      value.push_back(static_cast<float>(x));
      squares += x * x;
    }
    for (std::size_t i = begin; i < value.size(); ++i) value[i] /= static_cast<float>(std::sqrt(squares));
  }
  const auto entries = static_cast<std::int64_t>(value.size());
  return {static_cast<std::int64_t>(texts.size()), words(), tensor(document), tensor(word),
          tensor(value, {entries, 1})};
}

}  // namespace heed::text
