// Punctuation as words of its own, in a way that can be undone: what a tokenizer that cuts at spaces wants.
#pragma once

#include <string>
#include <string_view>

namespace heed::text {

/// Stands where there is no space beside a piece of punctuation, U+FFED. It vanishes from texts that hold it.
inline constexpr std::string_view joiner = "\xEF\xBF\xAD";

/// Each punctuation character as a word of its own: "it's (so)." becomes "it ￭'￭ s (￭ so ￭) ￭.". White space, of any
/// kind and length, becomes one space; there is none at the ends.
std::string separate_punctuation(std::string_view text);

/// The text again, with single spaces.
std::string join_punctuation(std::string_view text);

}  // namespace heed::text
