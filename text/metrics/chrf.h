// chrF: Popovic 2015, "chrF: character n-gram F-score for automatic MT evaluation", as sacreBLEU 2 computes it.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace heed::text {

/// Options of chrF.
struct ChrfOptions {
  double beta = 2;  // weight of recall relative to precision
  /// Mean of the F-scores of all six n-gram orders, as in chrF++.py; if false, the F-score of the mean precision and
  /// recall, over the orders that both texts have.
  bool all_lengths = false;
};

/// Sufficient statistics of chrF: n-gram counts of 1 to 6 characters without white space, of one line or summed over
/// many.
struct ChrfCounts {
  /// Matching n-grams, those of the line, and those of the reference, by n - 1.
  std::array<std::int64_t, 6> matches{}, totals{}, reference_totals{};

  /// Adds the counts of other lines.
  ChrfCounts& operator+=(const ChrfCounts& other);
};

/// Statistics of one line. N-gram orders that the reference is too short for are ignored.
ChrfCounts chrf_counts(std::string_view line, std::string_view reference);

/// chrF score: 100 * (1 + beta^2) * precision * recall / (beta^2 * precision + recall).
double chrf(const ChrfCounts& counts, const ChrfOptions& options = {});

/// Corpus chrF of lines with one reference each. Throws Error if the lists differ in length.
double chrf(std::span<const std::string> lines, std::span<const std::string> references,
            const ChrfOptions& options = {});

}  // namespace heed::text
