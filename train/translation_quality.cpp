#include "translation_quality.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "../text/metrics/bleu.h"
#include "../text/metrics/chrf.h"

namespace heed::train {
namespace {

struct Counts {
  text::BleuCounts bleu;
  text::ChrfCounts chrf;
};

Counts sum(const std::vector<Counts>& sentences, std::span<const std::size_t> which) {
  Counts sum;
  for (const std::size_t i : which) {
    sum.bleu += sentences[i].bleu;
    sum.chrf += sentences[i].chrf;
  }
  return sum;
}

}  // namespace

TranslationQuality translation_quality(std::span<const std::string> sources, std::span<const std::string> translations,
                                       std::span<const std::string> references, std::span<const std::int64_t> min_words,
                                       const BootstrapOptions& options) {
  if (sources.size() != translations.size() || sources.size() != references.size())
    fail(
        "translation_quality: there are {} sources, {} translations and {} references, but their numbers must be equal",
        sources.size(), translations.size(), references.size());
  if (sources.empty()) fail("translation_quality: there are no sentences, but there must be at least one");
  if (std::ranges::adjacent_find(min_words, std::greater_equal{}) != min_words.end())
    fail("translation_quality: min_words is {}, but it must be ascending", fmt::join(min_words, ", "));
  std::vector<Counts> sentences(sources.size());
  // Each sentence is counted once; bootstrap samples only sum the counts.
  parallel_chunks(std::ssize(sources), [&](std::int64_t sentence) {
    const auto i = static_cast<std::size_t>(sentence);
    sentences[i] = {text::bleu_counts(translations[i], references.subspan(i, 1)),
                    text::chrf_counts(translations[i], references[i])};
  });
  const auto bleu = [&](std::span<const std::size_t> which) { return text::bleu(sum(sentences, which).bleu); };
  const auto chrf = [&](std::span<const std::size_t> which) { return text::chrf(sum(sentences, which).chrf); };
  const auto count = std::ssize(sources);
  TranslationQuality quality{bootstrap(count, bleu, options), bootstrap(count, chrf, options), {}};

  for (std::size_t row = 0; row < min_words.size(); ++row) {
    const std::int64_t least = min_words[row], most = row + 1 < min_words.size()
                                                          ? min_words[row + 1] - 1
                                                          : std::numeric_limits<std::int64_t>::max();
    std::vector<std::size_t> which;
    for (std::size_t i = 0; i < sources.size(); ++i)
      if (const auto words = std::ssize(text::split_whitespace(sources[i])); words >= least && words <= most)
        which.push_back(i);
    if (!which.empty()) quality.by_length.push_back({least, most, std::ssize(which), bleu(which), chrf(which)});
  }
  return quality;
}

}  // namespace heed::train
