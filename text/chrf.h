// chrF: Popovic 2015, "chrF: character n-gram F-score for automatic MT evaluation", as sacreBLEU 2 computes it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace heed::text {

struct ChrfOptions {
  double beta = 2;  // how many times recall counts as much as precision
  /// Whether the score is the mean of the F-scores of all six lengths, as in chrF++.py; else the F-score of the mean
  /// precision and recall, over the lengths that both texts have.
  bool all_lengths = false;
};

/// n-grams of 1 to 6 characters without white space, of one line or of many added up.
struct ChrfCounts {
  std::array<std::int64_t, 6> matches{}, totals{}, reference_totals{};

  ChrfCounts& operator+=(const ChrfCounts& other);
};

/// Of one line. Lengths that the reference is too short for do not count.
ChrfCounts chrf_counts(std::string_view line, std::string_view reference);

/// 100 * (1 + beta^2) * precision * recall / (beta^2 * precision + recall).
double chrf(const ChrfCounts& counts, const ChrfOptions& options = {});

/// Of all lines together, line i with the reference i. Throws Error if the lists are of unlike length.
double chrf(std::span<const std::string> lines, std::span<const std::string> references,
            const ChrfOptions& options = {});

}  // namespace heed::text
