#include "sentences.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>

#include "unicode.h"

namespace heed::text {
namespace {

constexpr std::array<std::string_view, 22> abbreviations = {"e.g", "i.e", "etc",    "vs",   "cf",   "al",  "Dr",  "Mr",
                                                            "Mrs", "Ms",  "St",     "No",   "Fig",  "fig", "inc", "Inc",
                                                            "Ltd", "ca",  "approx", "resp", "Prof", "Vol"};

/// Characters of a paragraph and their byte offsets, followed by a zero character.
struct Characters {
  explicit Characters(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
      offsets.push_back(at);
      all.push_back(next_character(text, at));
    }
    offsets.push_back(text.size());
    all.push_back(0);
    count = offsets.size() - 1;
  }
  std::u32string all;
  std::vector<std::size_t> offsets;
  std::size_t count;
};

UChar32 icu(char32_t character) { return static_cast<UChar32>(character); }
int break_class(char32_t character) { return u_getIntPropertyValue(icu(character), UCHAR_SENTENCE_BREAK); }
int category(char32_t character) { return u_charType(icu(character)); }

constexpr char32_t ellipsis = 0x2026;

/// Returns true if the character ends a sentence: Unicode's Sentence_Terminal, and the ellipsis. Khmer's full stops and
/// the upright U+3002 have the property since Unicode 16, and Debian's ICU may be older.
bool terminates(char32_t c) {
  if (c < 0x80) return c == '.' || c == '!' || c == '?';
  return c == ellipsis || c == 0x17D4 || c == 0x17D5 || c == 0xFE12 || u_hasBinaryProperty(icu(c), UCHAR_S_TERM);
}

/// Returns true if white space must follow the end of a sentence: . ! ? and their variants in the same script
/// (www.x.org).
bool needs_space(char32_t c) {
  return c < 0x80 || ublock_getCode(icu(c)) == UBLOCK_GENERAL_PUNCTUATION || break_class(c) == U_SB_ATERM;
}

/// Returns true for quotes and brackets that can close a sentence; opening ones only with `or_opens`.
bool closes(char32_t c, bool or_opens) {
  if (c < 0x80) return c == '"' || c == '\'' || c == ')' || c == ']' || c == '}';
  if (break_class(c) != U_SB_CLOSE) return false;
  return or_opens || (category(c) != U_START_PUNCTUATION && category(c) != U_INITIAL_PUNCTUATION);
}

bool is_capital(char32_t c) { return c < 0x80 ? c >= 'A' && c <= 'Z' : u_isUUppercase(icu(c)) || u_istitle(icu(c)); }

bool begins_sentence(char32_t c) {
  if (c < 0x80) return is_capital(c) || (c >= '0' && c <= '9') || c == '"' || c == '\'' || c == '(' || c == '[';
  return !u_isULowercase(icu(c)) && break_class(c) != U_SB_SCONTINUE;
}

/// Returns true if the full stop at `stop` belongs to an abbreviation.
bool abbreviates(std::string_view text, const Characters& characters, std::size_t stop) {
  std::size_t begin = stop;
  while (begin > 0 && !is_whitespace(characters.all[begin - 1]) &&
         category(characters.all[begin - 1]) != U_START_PUNCTUATION)
    --begin;
  if (begin + 1 == stop && is_capital(characters.all[begin])) return true;
  const std::string_view word =
      text.substr(characters.offsets[begin], characters.offsets[stop] - characters.offsets[begin]);
  return std::find(abbreviations.begin(), abbreviations.end(), word) != abbreviations.end();
}

}  // namespace

std::vector<std::string> split_sentences(std::string_view paragraph) {
  const Characters characters(paragraph);
  const std::u32string& all = characters.all;
  std::vector<std::string> sentences;
  std::size_t begin = 0;
  const auto take = [&](std::size_t end) {
    std::size_t from = begin, to = end;
    while (from < to && is_whitespace(all[from])) ++from;
    while (to > from && is_whitespace(all[to - 1])) --to;
    if (from < to)
      sentences.emplace_back(
          paragraph.substr(characters.offsets[from], characters.offsets[to] - characters.offsets[from]));
    begin = end;
  };
  for (std::size_t i = 0; i < characters.count; ++i) {
    if (!terminates(all[i])) continue;
    // Only the last of several counts, as in ?!.
    if (terminates(all[i + 1])) continue;
    const bool spaced = needs_space(all[i]);
    std::size_t end = i + 1;
    while (end < characters.count && closes(all[end], spaced)) ++end;
    std::size_t next = end;
    while (next < characters.count && is_whitespace(all[next])) ++next;
    if (next == characters.count) continue;
    if (spaced ? next == end || !begins_sentence(all[next])
               : terminates(all[next]) || break_class(all[next]) == U_SB_SCONTINUE)
      continue;
    if (all[i] == '.' && abbreviates(paragraph, characters, i)) continue;
    take(end);
  }
  take(characters.count);
  return sentences;
}

}  // namespace heed::text
