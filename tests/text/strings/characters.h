// Characters of a UTF-8 text.
#pragma once

#include <heed/text/strings/unicode.h>

#include <string>
#include <string_view>

inline std::u32string characters_of(std::string_view text) {
  std::u32string characters;
  for (std::size_t at = 0; at < text.size();) characters.push_back(heed::text::next_character(text, at));
  return characters;
}
