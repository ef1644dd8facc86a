#include "punctuation.h"

#include "unicode.h"

namespace heed::text {

std::string separate_punctuation(std::string_view text) {
  enum class Before { space, word, punctuation } before = Before::space;
  std::string separated;
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(joiner)) {
      at += joiner.size();
      continue;
    }
    const char32_t character = next_character(text, at);
    if (is_whitespace(character)) {
      before = Before::space;
      continue;
    }
    const bool is_word = !is_punctuation(character);
    if (before == Before::space && !separated.empty()) separated += ' ';
    if (before == Before::punctuation) separated.append(is_word ? joiner : "").append(" ");
    if (before == Before::word && !is_word) separated += ' ';
    if (before != Before::space && !is_word) separated += joiner;
    append_character(separated, character);
    before = is_word ? Before::word : Before::punctuation;
  }
  return separated;
}

std::string join_punctuation(std::string_view text) {
  std::string joined;
  bool glued = true;
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(joiner)) {
      at += joiner.size();
      glued = true;
      while (!joined.empty() && joined.back() == ' ') joined.pop_back();
      continue;
    }
    const bool is_space = text[at] == ' ';
    if (!is_space || !glued) joined += text[at];
    glued = is_space && glued;
    ++at;
  }
  while (!joined.empty() && joined.back() == ' ') joined.pop_back();
  return joined;
}

}  // namespace heed::text
