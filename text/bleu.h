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

/// The words of a line as mteval-v13a cuts it: ASCII punctuation is a word of its own, full stops and commas too unless
/// they stand within a number, and a dash after a digit.
std::vector<std::string> words_13a(std::string_view line);
/// Words between white space, as Python's str.split has it.
std::vector<std::string> words_at_spaces(std::string_view line);

/// How a precision without matches counts: as 1/2, 1/4, 1/8, ... of a match (Chen and Cherry 2014, method 3); as it is;
/// as `smoothing_value` matches; or with `smoothing_value` added to matches and n-grams of two words and more.
enum class Smoothing { exponential, none, floor, add };

struct BleuOptions {
  bool lowercase = false;  // as Python's str.lower
  bool cut = true;         // by words_13a; else words_at_spaces
  Smoothing smoothing = Smoothing::exponential;
  double smoothing_value = 0.1;
  bool effective_order = false;  // leaves out lengths of n-grams that the translation is too short for
};

/// n-grams of 1 to 4 words, of one line or of many added up: what bleu() is computed from.
struct BleuCounts {
  std::array<std::int64_t, 4> matches{}, totals{};
  std::int64_t length = 0, reference_length = 0;

  BleuCounts& operator+=(const BleuCounts& other);
};

/// Of one line. An n-gram matches at most as often as it stands in one of the references; the reference length is the
/// one nearest to the line's, the shorter of two. Throws Error if there are no references.
BleuCounts bleu_counts(std::string_view line, std::span<const std::string> references, const BleuOptions& options = {});

/// 100 * exp(min(0, 1 - reference_length / length)) * (product over n of matches[n] / totals[n])^(1/4).
double bleu(const BleuCounts& counts, const BleuOptions& options = {});

/// Of all lines together, line i with the reference i. Throws Error if the lists are of unlike length.
double bleu(std::span<const std::string> lines, std::span<const std::string> references,
            const BleuOptions& options = {});

}  // namespace heed::text
