// Text normalisation and pre-tokenization of BERT.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace heed::text {

/// Options of text normalisation. The defaults are those of BERT's uncased models; {.lowercase = false} those of the
/// cased.
struct Normalization {
  bool lowercase = true;
  std::optional<bool> strip_accents = {};  // default: the value of lowercase
};

/// Normalises a text: drops control characters and U+FFFD, replaces white space by spaces, puts spaces around Chinese
/// characters; then, as set by the options, decomposes characters (NFD) and drops their accents (Mn), and converts to
/// lower case. Invalid UTF-8 is dropped. Never throws for a text.
std::string normalize(std::string_view text, const Normalization& how = {});

/// Removes and returns the next word from the front of a normalised text: words are separated by spaces, and each
/// punctuation character is a separate word. Empty if there is none left.
std::string_view take_word(std::string_view& normalized);

}  // namespace heed::text
