// BLEU and chrF of translations, by length too.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bootstrap.h"

namespace heed::train {

/// BLEU and chrF (bleu, chrf) of the sentences whose source has from `min_words` to `max_words` words.
struct QualityByLength {
  std::int64_t min_words, max_words, sentences;
  double bleu, chrf;
};

/// Result of translation_quality.
struct TranslationQuality {
  Estimate bleu, chrf;                     // with bootstrap confidence intervals
  std::vector<QualityByLength> by_length;  // in ascending order
};

/// Corpus BLEU and chrF of translations with one reference each, and the same by the number of words of the source.
/// by_length has a row for each class of lengths with a sentence: classes begin at each of `min_words` (ascending) and
/// end before the next one; the last one has no end, its max_words is the maximum of int64. Throws Error if there are
/// no sentences, if the lists differ in length, or if `min_words` is not ascending.
TranslationQuality translation_quality(std::span<const std::string> sources, std::span<const std::string> translations,
                                       std::span<const std::string> references,
                                       std::span<const std::int64_t> min_words = {},
                                       const BootstrapOptions& options = {});

}  // namespace heed::train
