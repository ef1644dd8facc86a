// Counting of a part in a text.
#pragma once

#include <string>

/// Returns how often `part` occurs in the text, without overlaps.
inline std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++found;
  return found;
}
