// How good translations are.
#pragma once

#include <heed/heed.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// Of the sentences whose source has so many words.
struct QualityOfLength {
  std::int64_t shortest, longest, sentences;
  double bleu, chrf;
};

struct Quality {
  heed::train::Estimate bleu, chrf;  // with intervals of 95 %
  std::vector<QualityOfLength> by_length;
};

/// BLEU and chrF of translations, with intervals by bootstrap, and by the length of their sources.
Quality measure_quality(std::span<const std::string> sources, std::span<const std::string> translations,
                        std::span<const std::string> references);
