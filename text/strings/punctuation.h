// Reversible separation of punctuation from words, for tokenizers that split at spaces.
#pragma once

#include <string>
#include <string_view>

namespace heed::text {

/// Joiner, U+FFED: marks the side of a punctuation character without a space. Dropped from input texts.
inline constexpr std::string_view joiner = "\xEF\xBF\xAD";

/// Makes each punctuation character a separate word: "it's (so)." becomes "it ￭'￭ s (￭ so ￭) ￭.". Each run of white
/// space becomes one space, or none at the ends.
std::string separate_punctuation(std::string_view text);

/// Undoes separate_punctuation: returns the text with single spaces.
std::string join_punctuation(std::string_view text);

}  // namespace heed::text
