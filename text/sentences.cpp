#include "sentences.h"

#include <algorithm>
#include <array>

namespace heed::text {
namespace {

constexpr std::array<std::string_view, 22> abbreviations = {"e.g", "i.e", "etc",    "vs",   "cf",   "al",  "Dr",  "Mr",
                                                            "Mrs", "Ms",  "St",     "No",   "Fig",  "fig", "inc", "Inc",
                                                            "Ltd", "ca",  "approx", "resp", "Prof", "Vol"};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool closes(char c) { return c == '"' || c == '\'' || c == ')' || c == ']'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

bool begins_sentence(char c) {
  return is_capital(c) || (c >= '0' && c <= '9') || c == '"' || c == '\'' || c == '(' || c == '[' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Whether the full stop at `stop` belongs to an abbreviation.
bool abbreviates(std::string_view text, std::size_t stop) {
  std::size_t begin = stop;
  while (begin > 0 && !is_space(text[begin - 1]) && text[begin - 1] != '(') --begin;
  const std::string_view word = text.substr(begin, stop - begin);
  if (word.size() == 1 && is_capital(word[0])) return true;
  return std::find(abbreviations.begin(), abbreviations.end(), word) != abbreviations.end();
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

std::vector<std::string> sentences_of(std::string_view paragraph) {
  std::vector<std::string> sentences;
  std::size_t begin = 0;
  const auto take = [&](std::size_t end) {
    const std::string_view sentence = trimmed(paragraph.substr(begin, end - begin));
    if (!sentence.empty()) sentences.emplace_back(sentence);
    begin = end;
  };
  for (std::size_t i = 0; i < paragraph.size(); ++i) {
    const char c = paragraph[i];
    if (c != '.' && c != '!' && c != '?') continue;
    std::size_t end = i + 1;
    while (end < paragraph.size() && closes(paragraph[end])) ++end;
    std::size_t next = end;
    while (next < paragraph.size() && is_space(paragraph[next])) ++next;
    if (next == end || next == paragraph.size() || !begins_sentence(paragraph[next])) continue;
    if (c == '.' && abbreviates(paragraph, i)) continue;
    take(end);
  }
  take(paragraph.size());
  return sentences;
}

}  // namespace heed::text
