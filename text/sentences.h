#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace heed::text {

/// Cuts a paragraph into sentences: after . ! ? or an ellipsis (and closing quotes or brackets), where white space and
/// then anything but a small letter follows; and after the full stops of other scripts, which need no white space
/// (Unicode's Sentence_Terminal: U+3002, the danda, the Arabic question mark ...). Not after a known abbreviation
/// (e.g., i.e., etc., vs., Dr. ...) or a single capital letter, and not before a comma; "1.2", "libfoo.so" and
/// addresses have no space, so they stay whole.
std::vector<std::string> sentences_of(std::string_view paragraph);

}  // namespace heed::text
