#include "labelled_documents.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "draws.h"

namespace heed::text {
namespace {

std::string text_of(const Document& document) {
  if (document.paragraphs.empty())
    fail("most_frequent_labels: document \"{}\" has no paragraph, but its text needs one", document.name);
  std::string text = document.paragraphs.front() + ".";
  for (std::size_t i = 1; i < document.paragraphs.size(); ++i) text.append(" ").append(document.paragraphs[i]);
  return text;
}

}  // namespace

LabelledSplit most_frequent_labels(const Split& documents, std::int64_t count) {
  if (count < 1) fail("most_frequent_labels: count is {}, but it must be positive", count);
  std::map<std::string, std::int64_t> sizes;
  for (const Document& document : documents.train) ++sizes[document.label];
  std::vector<std::pair<std::string, std::int64_t>> by_size(sizes.begin(), sizes.end());
  std::ranges::sort(
      by_size, [](const auto& a, const auto& b) { return std::tie(b.second, a.first) < std::tie(a.second, b.first); });
  by_size.resize(std::min(by_size.size(), static_cast<std::size_t>(count)));
  std::vector<std::string> names;
  for (const auto& [name, size] : by_size) names.push_back(name);
  std::ranges::sort(names);

  LabelledSplit split;
  for (const auto& [from, to] : {std::pair{&documents.train, &split.train},
                                 {&documents.validation, &split.validation},
                                 {&documents.test, &split.test}}) {
    to->names = names;
    for (const Document& document : *from) {
      const auto name = std::ranges::lower_bound(names, document.label);
      if (name == names.end() || *name != document.label) continue;
      to->texts.push_back(text_of(document));
      to->labels.push_back(name - names.begin());
    }
  }
  return split;
}

LabelledTexts sample(const LabelledTexts& texts, std::int64_t count, std::uint64_t seed) {
  if (count < 0) fail("sample: count is {}, but it must not be negative", count);
  if (texts.texts.size() != texts.labels.size())
    fail("sample: there are {} texts and {} labels, but their numbers must be equal", texts.texts.size(),
         texts.labels.size());
  std::vector<std::size_t> order(texts.texts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  Draws draws{seed, 0, 0};
  LabelledTexts drawn{.texts = {}, .labels = {}, .names = texts.names};
  for (std::size_t i = 0; i < std::min(static_cast<std::size_t>(count), order.size()); ++i) {
    const auto rest = static_cast<std::int64_t>(order.size() - i);
    std::swap(order[i], order[i + static_cast<std::size_t>(draws.below(rest))]);
    drawn.texts.push_back(texts.texts[order[i]]);
    drawn.labels.push_back(texts.labels[order[i]]);
  }
  return drawn;
}

}  // namespace heed::text
