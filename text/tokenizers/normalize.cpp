#include "normalize.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <vector>

#include "../strings/unicode.h"

namespace heed::text {
namespace {

/// Writes characters in canonical order (NFD) without those of category Mn. Marks follow their letter in any order;
/// they are buffered until the next letter.
class AccentStripper {
 public:
  AccentStripper(std::string& out, bool lowercase) : out_(out), lowercase_(lowercase) {}

  void put(char32_t character);
  void flush() {
    std::sort(marks_.begin(), marks_.end());
    for (const Mark& mark : marks_) write(mark.character);
    marks_.clear();
  }
  void write(char32_t character);

 private:
  struct Mark {  // sorted by class, stable within a class
    int combining_class;
    std::size_t index;
    char32_t character;
    friend auto operator<=>(const Mark&, const Mark&) = default;
  };

  std::string& out_;
  bool lowercase_;
  std::vector<Mark> marks_;
};

char32_t lowercase_of(char32_t character) {
  if (character < 0x80) return character >= 'A' && character <= 'Z' ? character + ('a' - 'A') : character;
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(character)));
}

void append_lowercase(std::string& out, char32_t character) {
  append_character(out, lowercase_of(character));
  // The only character whose lower case is two characters: I with a dot above keeps its dot.
  if (character == 0x130) append_character(out, 0x307);
}

void AccentStripper::write(char32_t character) {
  if (is_nonspacing_mark(character)) return;
  if (lowercase_) {
    append_lowercase(out_, character);
  } else {
    append_character(out_, character);
  }
}

void AccentStripper::put(char32_t character) {
  std::array<utf8proc_int32_t, 32> parts{};
  int boundary = 0;
  const utf8proc_ssize_t count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(character), parts.data(),
                                                         std::ssize(parts), UTF8PROC_DECOMPOSE, &boundary);
  for (utf8proc_ssize_t i = 0; i < std::min<utf8proc_ssize_t>(count, std::ssize(parts)); ++i) {
    const utf8proc_int32_t part = parts[static_cast<std::size_t>(i)];
    const int combining_class = utf8proc_get_property(part)->combining_class;
    if (combining_class != 0) {
      marks_.push_back({combining_class, marks_.size(), static_cast<char32_t>(part)});
    } else {
      flush();
      write(static_cast<char32_t>(part));
    }
  }
}

}  // namespace

std::string normalize(std::string_view text, const Normalization& how) {
  std::string out;
  out.reserve(text.size() + 8);
  const bool strip_accents = how.strip_accents.value_or(how.lowercase);
  AccentStripper stripper(out, how.lowercase);
  const auto put = [&](char32_t character) {
    if (character < 0x80) {  // never decomposed, never a mark
      if (strip_accents) stripper.flush();
      out.push_back(static_cast<char>(how.lowercase ? lowercase_of(character) : character));
    } else if (strip_accents) {
      stripper.put(character);
    } else if (how.lowercase) {
      append_lowercase(out, character);
    } else {
      append_character(out, character);
    }
  };
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] >= ' ' && text[at] < 0x7F) {  // fast path of most characters
      put(static_cast<unsigned char>(text[at++]));
      continue;
    }
    const char32_t character = next_character(text, at);
    if (character == replacement_character || is_control(character)) continue;
    if (is_whitespace(character)) {
      put(' ');
    } else if (is_chinese(character)) {
      put(' ');
      put(character);
      put(' ');
    } else {
      put(character);
    }
  }
  if (strip_accents) stripper.flush();
  return out;
}

std::string_view take_word(std::string_view& normalized) {
  std::size_t begin = 0, at = 0;
  while (at < normalized.size()) {
    const std::size_t here = at;
    const char32_t character = next_character(normalized, at);
    const bool space = is_whitespace(character);
    if (!space && !is_punctuation(character)) continue;
    if (here == begin && space) {
      begin = at;
      continue;
    }
    if (here != begin) at = here;  // the word ends before this character
    const std::string_view word = normalized.substr(begin, at - begin);
    normalized.remove_prefix(at);
    return word;
  }
  const std::string_view word = normalized.substr(begin);
  normalized = {};
  return word;
}

}  // namespace heed::text
