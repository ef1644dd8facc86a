// UTF-8, and the classes of characters that BERT's tokenizer knows. Categories are utf8proc's (2.8: Unicode 15).
// Hugging Face's tokenizers take theirs from tables of different age, so some 900 characters newer than Unicode 8
// differ there, and so does the beginning of CJK extension E, U+2B820 to U+2B91F, which it leaves out and Google's code
// does not.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace heed::text {

/// What stands in for bytes that are no UTF-8.
inline constexpr char32_t replacement_character = 0xFFFD;

/// The character that begins at text[at], at < text.size(); `at` moves behind it. Bytes that are no UTF-8 give U+FFFD,
/// one for each longest run of bytes that could have begun a character (Unicode 15, section 3.9).
char32_t next_character(std::string_view text, std::size_t& at);
/// Appends one character as UTF-8.
void append_character(std::string& text, char32_t character);
/// Where the first byte stands that is no UTF-8; nothing if all of it is.
std::optional<std::size_t> find_invalid_utf8(std::string_view text);
/// How many characters it has.
std::size_t count_characters(std::string_view text);

/// Space, tab, line ends and the other characters with Unicode's property White_Space.
bool is_whitespace(char32_t character);
/// What Python's str.split and str.strip take for white space: the above, and U+001C to U+001F.
bool is_python_whitespace(char32_t character);
/// Categories Cc (but tab and line ends), Cf and Co.
bool is_control(char32_t character);
/// Categories L*.
bool is_letter(char32_t character);
/// Categories N*.
bool is_number(char32_t character);
/// Categories P*, and every ASCII character that is neither letter, digit, space nor control: $ and ~ too.
bool is_punctuation(char32_t character);
/// Chinese characters, which are words of their own: BERT's eight blocks of CJK ideographs. Hangul, Hiragana and
/// Katakana are not among them.
bool is_chinese(char32_t character);
/// Category Mn: accents, once a text is decomposed.
bool is_nonspacing_mark(char32_t character);

}  // namespace heed::text
