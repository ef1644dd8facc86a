#include <heed/text/strings/unicode.h>

#include "catch.h"
#include "characters.h"
#include "text/golden.h"

using namespace heed::text;

TEST_CASE("every character survives encoding and decoding as UTF-8", "[text]") {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text;
    append_character(text, c);
    std::size_t at = 0;
    if (next_character(text, at) != c || at != text.size() || find_invalid_utf8(text) || count_characters(text) != 1)
      FAIL("character " << std::uint32_t{c});
  }
}

TEST_CASE("invalid UTF-8 is replaced as recommended by Unicode", "[text]") {
  // Unicode 15, table 3-8, and its neighbours: overlong forms, surrogates, out of range, truncated.
  CHECK(characters_of("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41") ==
        U"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\x41");
  CHECK(characters_of("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41") ==
        U"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\x41");
  CHECK(characters_of("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42") == U"\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\x41\uFFFD\uFFFD\x42");
  CHECK(characters_of("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41") == U"\uFFFD\uFFFD\uFFFD\uFFFD\x41");
  CHECK(characters_of("a\xF0\x9F\x92") == U"a\uFFFD");
  CHECK(find_invalid_utf8("abc\xEF\xBF\xBDx\xE1\x80z") == 7);
  CHECK_FALSE(find_invalid_utf8("abc\xEF\xBF\xBD"));
  CHECK_FALSE(find_invalid_utf8(""));
}
