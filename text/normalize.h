// What BERT does to a text before it looks for pieces of words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace heed::text {

/// How a text is normalised. The defaults are those of BERT's uncased models; {.lowercase = false} those of the cased.
struct Normalization {
  bool lowercase = true;
  std::optional<bool> strip_accents = {};  // unless said, accents go where capitals go
};

/// Control characters and U+FFFD are dropped, whitespace becomes a space, Chinese characters get spaces around them;
/// then, as asked for, characters are decomposed (NFD) and their accents (Mn) dropped, and letters made small. Bytes
/// that are no UTF-8 count as U+FFFD, so they vanish. Never throws for a text.
std::string normalize(std::string_view text, const Normalization& how = {});

/// Takes the next word off the front of a normalised text: what stands between spaces, and each punctuation character
/// for itself. Empty when there is none left.
std::string_view take_word(std::string_view& normalized);

}  // namespace heed::text
