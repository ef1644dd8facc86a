#include "corpus.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

using namespace heed;

namespace {

/// Text of a document: the title as a sentence, then the paragraphs.
std::string text_of(const text::Document& document) {
  std::string text = document.paragraphs.front() + ".";
  for (std::size_t i = 1; i < document.paragraphs.size(); ++i) text.append(" ").append(document.paragraphs[i]);
  return text;
}

std::vector<std::vector<std::string>> paragraphs_of(const std::vector<text::Document>& documents) {
  std::vector<std::vector<std::string>> paragraphs;
  for (const text::Document& document : documents) paragraphs.push_back(document.paragraphs);
  return paragraphs;
}

}  // namespace

LabelledSplit largest_classes(const text::Split& split, std::size_t classes) {
  std::map<std::string, std::int64_t> sizes;
  for (const text::Document& document : split.train) ++sizes[document.label];
  std::vector<std::pair<std::string, std::int64_t>> by_size(sizes.begin(), sizes.end());
  std::ranges::sort(
      by_size, [](const auto& a, const auto& b) { return std::tie(b.second, a.first) < std::tie(a.second, b.first); });
  by_size.resize(std::min(by_size.size(), classes));
  std::map<std::string, std::int64_t> numbers;
  for (const auto& [name, size] : by_size) numbers.emplace(name, 0);

  LabelledSplit labelled;
  for (auto& [name, number] : numbers) {
    number = static_cast<std::int64_t>(labelled.names.size());
    labelled.names.push_back(name);
  }
  for (const auto& [from, to] : {std::pair{&split.train, &labelled.train},
                                 {&split.validation, &labelled.validation},
                                 {&split.test, &labelled.test}}) {
    to->names = labelled.names;
    for (const text::Document& document : *from) {
      const auto number = numbers.find(document.label);
      if (number == numbers.end()) continue;
      to->texts.push_back(text_of(document));
      to->labels.push_back(number->second);
    }
  }
  return labelled;
}

text::LabelledTexts draw_texts(const text::LabelledTexts& from, std::size_t count, std::uint64_t draw) {
  std::vector<std::size_t> order(from.texts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  text::Draws draws{draw, 0, 0};
  text::LabelledTexts drawn{.texts = {}, .labels = {}, .names = from.names};
  for (std::size_t i = 0; i < std::min(count, order.size()); ++i) {
    const auto rest = static_cast<std::int64_t>(order.size() - i);
    std::swap(order[i], order[i + static_cast<std::size_t>(draws.below(rest))]);
    drawn.texts.push_back(from.texts[order[i]]);
    drawn.labels.push_back(from.labels[order[i]]);
  }
  return drawn;
}

std::vector<text::Sentences> encode_documents(const std::vector<text::Document>& documents,
                                              const text::WordPiece& vocabulary) {
  return text::encode_sentences(paragraphs_of(documents), vocabulary);
}

text::WordPiece train_vocabulary(const std::vector<text::Document>& documents, std::int64_t size) {
  std::vector<std::string> texts;
  for (const text::Document& document : documents)
    texts.insert(texts.end(), document.paragraphs.begin(), document.paragraphs.end());
  return text::train_wordpiece(texts, {.vocabulary_size = size});
}
