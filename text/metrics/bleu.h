// BLEU: Papineni, Roukos, Ward and Zhu 2002, "BLEU: a method for automatic evaluation of machine translation", as
// sacreBLEU 2 computes it (Post 2018, arXiv:1804.08771).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heed::text {

/// Tokenizer 13a of sacreBLEU (mteval-v13a): ASCII punctuation characters are separate words, also full stops and
/// commas unless they are inside a number, and a dash after a digit.
std::vector<std::string> tokenize_13a(std::string_view line);
/// Splits a line at white space, like Python's str.split.
std::vector<std::string> split_whitespace(std::string_view line);

/// Smoothing of precisions without matches. exponential: they count as 1/2, 1/4, 1/8, ... of a match (Chen and Cherry
/// 2014, method 3); none: as 0; floor: as `smoothing_value` matches; add: `smoothing_value` is added to the matches and
/// totals of n-grams of two words and more.
enum class Smoothing { exponential, none, floor, add };

/// Options of BLEU; smoothing: of the counts; smoothing_value: of Smoothing::floor and add.
struct BleuOptions {
  bool lowercase = false;  // like Python's str.lower
  bool tokenize = true;    // tokenize by tokenize_13a; else split_whitespace
  Smoothing smoothing = Smoothing::exponential;
  double smoothing_value = 0.1;
  bool effective_order = false;  // ignore n-gram orders that the translation is too short for
};

/// Sufficient statistics of BLEU: n-gram counts of 1 to 4 words, of one line or summed over many.
struct BleuCounts {
  /// Matching and all n-grams, by n - 1.
  std::array<std::int64_t, 4> matches{}, totals{};
  /// Number of words.
  std::int64_t length = 0, reference_length = 0;

  /// Adds the counts of other lines.
  BleuCounts& operator+=(const BleuCounts& other);
};

/// Statistics of one line. Matches of an n-gram are clipped to its maximum count in a single reference. The reference
/// length is the one closest to the line's; of two, the shorter one. Throws Error if there are no references.
BleuCounts bleu_counts(std::string_view line, std::span<const std::string> references, const BleuOptions& options = {});

/// BLEU score: 100 * exp(min(0, 1 - reference_length / length)) * (product over n of matches[n] / totals[n])^(1/4).
double bleu(const BleuCounts& counts, const BleuOptions& options = {});

/// Corpus BLEU of lines with one reference each. Throws Error if the lists differ in length.
double bleu(std::span<const std::string> lines, std::span<const std::string> references,
            const BleuOptions& options = {});

}  // namespace heed::text
