#include "chrf.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "../../graph/fail.h"
#include "../strings/unicode.h"

namespace heed::text {
namespace {

std::u32string characters_of(std::string_view line) {
  std::u32string characters;
  for (std::size_t at = 0; at < line.size();)
    if (const char32_t character = next_character(line, at); !is_python_whitespace(character)) characters += character;
  return characters;
}

std::unordered_map<std::u32string_view, std::int64_t> n_grams(std::u32string_view characters, std::size_t n) {
  std::unordered_map<std::u32string_view, std::int64_t> counts;
  for (std::size_t i = 0; i + n <= characters.size(); ++i) ++counts[characters.substr(i, n)];
  return counts;
}

}  // namespace

ChrfCounts& ChrfCounts::operator+=(const ChrfCounts& other) {
  for (std::size_t n = 0; n < 6; ++n) {
    matches[n] += other.matches[n];
    totals[n] += other.totals[n];
    reference_totals[n] += other.reference_totals[n];
  }
  return *this;
}

ChrfCounts chrf_counts(std::string_view line, std::string_view reference) {
  const std::u32string characters = characters_of(line), other = characters_of(reference);
  ChrfCounts counts;
  for (std::size_t n = 1; n <= 6; ++n) {
    if (other.size() < n) break;
    counts.reference_totals[n - 1] = std::ssize(other) - static_cast<std::ptrdiff_t>(n) + 1;
    const auto known = n_grams(other, n);
    for (const auto& [n_gram, count] : n_grams(characters, n)) {
      counts.totals[n - 1] += count;
      if (const auto found = known.find(n_gram); found != known.end())
        counts.matches[n - 1] += std::min(count, found->second);
    }
  }
  return counts;
}

double chrf(const ChrfCounts& counts, const ChrfOptions& options) {
  if (!(options.beta >= 0 && options.beta < HUGE_VAL))
    fail("chrf: beta is {}, but it must be finite and at least 0", options.beta);
  const double factor = options.beta * options.beta;
  const auto f_score = [&](double precision, double recall) {
    return precision + recall > 0 ? (1 + factor) * precision * recall / (factor * precision + recall) : 0.0;
  };
  double precisions = 0, recalls = 0, scores = 0;
  int orders = 0;
  for (std::size_t n = 0; n < 6; ++n) {
    if (counts.totals[n] == 0 || counts.reference_totals[n] == 0) continue;
    const auto matches = static_cast<double>(counts.matches[n]);
    const double precision = matches / static_cast<double>(counts.totals[n]),
                 recall = matches / static_cast<double>(counts.reference_totals[n]);
    precisions += precision;
    recalls += recall;
    scores += f_score(precision, recall);
    ++orders;
  }
  if (options.all_lengths) return 100 * scores / 6;
  return orders == 0 ? 0 : 100 * f_score(precisions / orders, recalls / orders);
}

double chrf(std::span<const std::string> lines, std::span<const std::string> references, const ChrfOptions& options) {
  if (lines.size() != references.size())
    fail("chrf: there are {} lines and {} references, but their numbers must be equal", lines.size(),
         references.size());
  ChrfCounts counts;
  for (std::size_t i = 0; i < lines.size(); ++i) counts += chrf_counts(lines[i], references[i]);
  return chrf(counts, options);
}

}  // namespace heed::text
