#include "bleu.h"

#include <unicode/ucasemap.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>

#include "../../graph/fail.h"
#include "../strings/unicode.h"

namespace heed::text {
namespace {

using NGram = std::vector<std::string_view>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_stop(char c) { return c == '.' || c == ','; }

/// Returns true for ASCII punctuation except ' , - and the full stop.
bool is_always_separate(char c) {
  return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c > ' ' && c <= '&') || (c >= '(' && c <= '+') ||
         (c >= ':' && c <= '@') || c == '/';
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  std::string out;
  std::size_t begin = 0;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, begin)) {
    out.append(text, begin, at - begin).append(to);
    begin = at + from.size();
  }
  text = out.append(text, begin);
}

/// Replaces neighbours a, b that satisfy both(a, b) by write(a, b); replacements do not overlap.
template <class Both, class Write>
std::string rewrite_pairs(const std::string& text, const Both& both, const Write& write) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i + 1 < text.size() && both(text[i], text[i + 1])) {
      out += write(text[i], text[i + 1]);
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// Converts to lower case like Python's str.lower: with final sigma, and two characters for a dotted capital I.
std::string lowered(std::string_view line) {
  static const std::unique_ptr<UCaseMap, void (*)(UCaseMap*)> cases = [] {
    UErrorCode error = U_ZERO_ERROR;
    return std::unique_ptr<UCaseMap, void (*)(UCaseMap*)>(ucasemap_open("", 0, &error), ucasemap_close);
  }();
  // ICU uses 32-bit sizes, and lower case takes at most three times the bytes.
  if (line.size() > std::numeric_limits<std::int32_t>::max() / 3)
    fail("bleu: a line of {} bytes is too long", line.size());
  std::string out(3 * line.size(), '\0');
  UErrorCode error = U_ZERO_ERROR;
  const std::int32_t size = ucasemap_utf8ToLower(cases.get(), out.data(), static_cast<std::int32_t>(out.size()),
                                                 line.data(), static_cast<std::int32_t>(line.size()), &error);
  if (U_FAILURE(error)) fail("bleu: ICU cannot convert a line to lower case: {}", u_errorName(error));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string_view without_trailing_whitespace(std::string_view line) {
  std::size_t end = 0;
  for (std::size_t at = 0; at < line.size();)
    if (!is_python_whitespace(next_character(line, at))) end = at;
  return line.substr(0, end);
}

std::vector<std::string> words_of(std::string_view line, const BleuOptions& options) {
  const std::string text = options.lowercase ? lowered(line) : std::string(line);
  const std::string_view trimmed = without_trailing_whitespace(text);
  return options.tokenize ? tokenize_13a(trimmed) : split_whitespace(trimmed);
}

std::map<NGram, std::int64_t> n_grams(const std::vector<std::string>& words, std::size_t n) {
  std::map<NGram, std::int64_t> counts;
  for (std::size_t i = 0; i + n <= words.size(); ++i)
    ++counts[NGram(words.begin() + static_cast<std::ptrdiff_t>(i), words.begin() + static_cast<std::ptrdiff_t>(i + n))];
  return counts;
}

}  // namespace

std::vector<std::string> split_whitespace(std::string_view line) {
  std::vector<std::string> words;
  bool inside = false;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t begin = at;
    if (is_python_whitespace(next_character(line, at))) {
      inside = false;
      continue;
    }
    if (!inside) words.emplace_back();
    words.back().append(line.substr(begin, at - begin));
    inside = true;
  }
  return words;
}

std::vector<std::string> tokenize_13a(std::string_view line) {
  std::string text(line);
  for (const auto& [from, to] : {std::pair{"<skipped>", ""},
                                 {"-\n", ""},
                                 {"\n", " "},
                                 {"&quot;", "\""},
                                 {"&amp;", "&"},
                                 {"&lt;", "<"},
                                 {"&gt;", ">"}})
    replace_all(text, from, to);
  std::string cut(" ");
  for (const char c : text) {
    if (is_always_separate(c))
      cut.append({' ', c, ' '});
    else
      cut += c;
  }
  cut += ' ';
  cut = rewrite_pairs(
      cut, [](char a, char b) { return !is_digit(a) && is_stop(b); },
      [](char a, char b) { return std::string{a, ' ', b, ' '}; });
  cut = rewrite_pairs(
      cut, [](char a, char b) { return is_stop(a) && !is_digit(b); },
      [](char a, char b) { return std::string{' ', a, ' ', b}; });
  cut = rewrite_pairs(
      cut, [](char a, char b) { return is_digit(a) && b == '-'; },
      [](char a, char b) { return std::string{a, ' ', b, ' '}; });
  return split_whitespace(cut);
}

BleuCounts& BleuCounts::operator+=(const BleuCounts& other) {
  for (std::size_t n = 0; n < 4; ++n) {
    matches[n] += other.matches[n];
    totals[n] += other.totals[n];
  }
  length += other.length;
  reference_length += other.reference_length;
  return *this;
}

BleuCounts bleu_counts(std::string_view line, std::span<const std::string> references, const BleuOptions& options) {
  if (references.empty()) fail("bleu_counts: there is no reference");
  const std::vector<std::string> words = words_of(line, options);
  std::vector<std::vector<std::string>> others;
  for (const std::string& reference : references) others.push_back(words_of(reference, options));
  BleuCounts counts;
  counts.length = std::ssize(words);
  const auto distance = [&](const auto& other) {
    return std::pair{std::abs(std::ssize(other) - counts.length), std::ssize(other)};
  };
  counts.reference_length = std::ssize(*std::min_element(
      others.begin(), others.end(), [&](const auto& a, const auto& b) { return distance(a) < distance(b); }));
  for (std::size_t n = 1; n <= 4; ++n) {
    std::map<NGram, std::int64_t> max_counts;
    for (const auto& other : others)
      for (const auto& [n_gram, count] : n_grams(other, n)) max_counts[n_gram] = std::max(max_counts[n_gram], count);
    for (const auto& [n_gram, count] : n_grams(words, n)) {
      counts.totals[n - 1] += count;
      if (const auto found = max_counts.find(n_gram); found != max_counts.end())
        counts.matches[n - 1] += std::min(count, found->second);
    }
  }
  return counts;
}

double bleu(const BleuCounts& counts, const BleuOptions& options) {
  if (!(options.smoothing_value >= 0 && options.smoothing_value < HUGE_VAL))
    fail("bleu: smoothing_value is {}, but it must be finite and at least 0", options.smoothing_value);
  if (std::all_of(counts.matches.begin(), counts.matches.end(), [](std::int64_t count) { return count == 0; }))
    return 0;
  double logarithms = 0, half = 1;
  std::size_t order = 0;
  for (; order < 4; ++order) {
    auto matches = static_cast<double>(counts.matches[order]), total = static_cast<double>(counts.totals[order]);
    if (options.smoothing == Smoothing::add && order > 0) {
      matches += options.smoothing_value;
      total += options.smoothing_value;
    }
    if (total == 0) break;
    if (matches == 0 && options.smoothing == Smoothing::exponential) matches = half /= 2;
    if (matches == 0 && options.smoothing == Smoothing::floor) matches = options.smoothing_value;
    if (matches == 0) return 0;
    logarithms += std::log(matches / total);
  }
  if (order < 4 && !options.effective_order) return 0;
  const double brevity =
      std::min(0.0, 1 - static_cast<double>(counts.reference_length) / static_cast<double>(counts.length));
  return 100 * std::exp(brevity + logarithms / static_cast<double>(order));
}

double bleu(std::span<const std::string> lines, std::span<const std::string> references, const BleuOptions& options) {
  if (lines.size() != references.size())
    fail("bleu: there are {} lines and {} references, but their numbers must be equal", lines.size(),
         references.size());
  BleuCounts counts;
  for (std::size_t i = 0; i < lines.size(); ++i) counts += bleu_counts(lines[i], references.subspan(i, 1), options);
  return bleu(counts, options);
}

}  // namespace heed::text
