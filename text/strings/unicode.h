// UTF-8, and the character classes of BERT's tokenizer. Categories are those of utf8proc (2.8: Unicode 15). Hugging
// Face's tokenizers use tables of other Unicode versions, so about 900 characters newer than Unicode 8 differ there, as
// does the beginning of CJK extension E, U+2B820 to U+2B91F, which they omit and Google's code includes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace heed::text {

/// Replacement of invalid UTF-8.
inline constexpr char32_t replacement_character = 0xFFFD;

/// Decodes the character at text[at], at < text.size(), and moves `at` past it. Invalid UTF-8 gives U+FFFD, one for
/// each maximal run of bytes that could have started a character (Unicode 15, section 3.9).
char32_t next_character(std::string_view text, std::size_t& at);
/// Appends one character as UTF-8.
void append_character(std::string& text, char32_t character);
/// Returns the index of the first byte of invalid UTF-8; nothing if the text is valid.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);
/// Number of characters.
std::size_t count_characters(std::string_view text);

/// White space: characters with Unicode's property White_Space, such as space, tab and line ends.
bool is_whitespace(char32_t character);
/// White space of Python's str.split and str.strip: is_whitespace, and U+001C to U+001F.
bool is_python_whitespace(char32_t character);
/// Control characters: categories Cc (except tab and line ends), Cf and Co.
bool is_control(char32_t character);
/// Letters: categories L*.
bool is_letter(char32_t character);
/// Numbers: categories N*.
bool is_number(char32_t character);
/// Punctuation: categories P*, and every ASCII character that is neither letter, digit, space nor control, such as $
/// and ~.
bool is_punctuation(char32_t character);
/// Chinese characters, which BERT treats as separate words: eight blocks of CJK ideographs, without Hangul, Hiragana
/// and Katakana.
bool is_chinese(char32_t character);
/// Nonspacing marks: category Mn, the accents of a decomposed text.
bool is_nonspacing_mark(char32_t character);

}  // namespace heed::text
