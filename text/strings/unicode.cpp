#include "unicode.h"

#include <utf8proc.h>

namespace heed::text {
namespace {

utf8proc_category_t category(char32_t character) { return utf8proc_category(static_cast<utf8proc_int32_t>(character)); }

unsigned byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

}  // namespace

char32_t next_character(std::string_view text, std::size_t& at) {
  const unsigned first = byte_at(text, at++);
  if (first < 0x80) return first;
  // The bounds of the second byte exclude overlong forms, surrogates and characters above U+10FFFF.
  std::size_t more = 0;
  unsigned low = 0x80, high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    more = 1;
  } else if (first >= 0xE0 && first <= 0xEF) {
    more = 2;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    more = 3;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return replacement_character;
  }
  char32_t character = first & (0x3Fu >> more);
  for (; more > 0; --more, low = 0x80, high = 0xBF) {
    const unsigned byte = byte_at(text, at);
    if (byte < low || byte > high) return replacement_character;
    character = character << 6 | (byte & 0x3F);
    ++at;
  }
  return character;
}

void append_character(std::string& text, char32_t character) {
  const auto put = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (character < 0x80) return put(character);
  if (character < 0x800) {
    put(0xC0 | character >> 6);
  } else {
    if (character < 0x10000) {
      put(0xE0 | character >> 12);
    } else {
      put(0xF0 | character >> 18);
      put(0x80 | (character >> 12 & 0x3F));
    }
    put(0x80 | (character >> 6 & 0x3F));
  }
  put(0x80 | (character & 0x3F));
}

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    // A valid replacement character has three bytes and starts with 0xEF.
    if (next_character(text, at) == replacement_character && (at - begin != 3 || byte_at(text, begin) != 0xEF))
      return begin;
  }
  return {};
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) next_character(text, at);
  return count;
}

bool is_whitespace(char32_t character) {
  if (character < 0x80) return character == ' ' || (character >= '\t' && character <= '\r');
  return character == 0x85 || character == 0xA0 || character == 0x1680 ||
         (character >= 0x2000 && character <= 0x200A) || character == 0x2028 || character == 0x2029 ||
         character == 0x202F || character == 0x205F || character == 0x3000;
}

bool is_python_whitespace(char32_t character) {
  return is_whitespace(character) || (character >= 0x1C && character <= 0x1F);
}

bool is_control(char32_t character) {
  if (character < 0x80)
    return (character < 0x20 && character != '\t' && character != '\n' && character != '\r') || character == 0x7F;
  const utf8proc_category_t c = category(character);
  return c == UTF8PROC_CATEGORY_CC || c == UTF8PROC_CATEGORY_CF || c == UTF8PROC_CATEGORY_CO;
}

bool is_letter(char32_t character) {
  const utf8proc_category_t c = category(character);
  return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;
}

bool is_number(char32_t character) {
  const utf8proc_category_t c = category(character);
  return c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO;
}

bool is_punctuation(char32_t character) {
  if (character < 0x80)
    return (character > ' ' && character < '0') || (character > '9' && character < 'A') ||
           (character > 'Z' && character < 'a') || (character > 'z' && character < 0x7F);
  const utf8proc_category_t c = category(character);
  return c >= UTF8PROC_CATEGORY_PC && c <= UTF8PROC_CATEGORY_PO;
}

bool is_chinese(char32_t character) {
  return (character >= 0x4E00 && character <= 0x9FFF) || (character >= 0x3400 && character <= 0x4DBF) ||
         (character >= 0x20000 && character <= 0x2A6DF) || (character >= 0x2A700 && character <= 0x2B73F) ||
         (character >= 0x2B740 && character <= 0x2B81F) || (character >= 0x2B820 && character <= 0x2CEAF) ||
         (character >= 0xF900 && character <= 0xFAFF) || (character >= 0x2F800 && character <= 0x2FA1F);
}

bool is_nonspacing_mark(char32_t character) {
  return character >= 0x300 && category(character) == UTF8PROC_CATEGORY_MN;
}

}  // namespace heed::text
