#include "quality.h"

#include <array>

using namespace heed;

namespace {

/// Range of lengths in words, a row of the table.
struct Lengths {
  std::int64_t shortest, longest;
};
constexpr std::array<Lengths, 5> classes{{{1, 5}, {6, 10}, {11, 20}, {21, 30}, {31, 1000}}};

struct Counts {
  text::BleuCounts bleu;
  text::ChrfCounts chrf;
};

Counts sum_of(const std::vector<Counts>& sentences, std::span<const std::size_t> which) {
  Counts sum;
  for (const std::size_t i : which) {
    sum.bleu += sentences[i].bleu;
    sum.chrf += sentences[i].chrf;
  }
  return sum;
}

}  // namespace

Quality measure_quality(std::span<const std::string> sources, std::span<const std::string> translations,
                        std::span<const std::string> references) {
  std::vector<Counts> sentences(sources.size());
  // Each sentence is counted once; bootstrap samples only sum the counts.
  parallel_chunks(std::ssize(sources), [&](std::int64_t sentence) {
    const auto i = static_cast<std::size_t>(sentence);
    sentences[i] = {text::bleu_counts(translations[i], references.subspan(i, 1)),
                    text::chrf_counts(translations[i], references[i])};
  });
  const auto bleu = [&](std::span<const std::size_t> which) { return text::bleu(sum_of(sentences, which).bleu); };
  const auto chrf = [&](std::span<const std::size_t> which) { return text::chrf(sum_of(sentences, which).chrf); };
  const auto count = std::ssize(sources);
  Quality quality{train::bootstrap(count, bleu), train::bootstrap(count, chrf), {}};

  for (const auto& [shortest, longest] : classes) {
    std::vector<std::size_t> which;
    for (std::size_t i = 0; i < sources.size(); ++i)
      if (const auto words = std::ssize(text::split_whitespace(sources[i])); words >= shortest && words <= longest)
        which.push_back(i);
    if (!which.empty()) quality.by_length.push_back({shortest, longest, std::ssize(which), bleu(which), chrf(which)});
  }
  return quality;
}
