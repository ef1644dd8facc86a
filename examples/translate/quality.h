// Quality of translations: BLEU and chrF.
#pragma once

#include <heed/heed.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// Quality of the sentences whose source has from `shortest` to `longest` words.
struct QualityOfLength {
  std::int64_t shortest, longest, sentences;
  double bleu, chrf;
};

struct Quality {
  heed::train::Estimate bleu, chrf;  // with 95 % confidence intervals
  std::vector<QualityOfLength> by_length;
};

/// Returns BLEU and chrF of translations, with bootstrap confidence intervals, and by the length of the source.
Quality measure_quality(std::span<const std::string> sources, std::span<const std::string> translations,
                        std::span<const std::string> references);
