// Splitting paragraphs into sentences.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace heed::text {

/// Splits a paragraph into sentences: after . ! ? or an ellipsis (and closing quotes or brackets), if white space and
/// then anything but a lower case letter follows; and after the full stops of other scripts, which need no white space
/// (Unicode's Sentence_Terminal: U+3002, the danda, the Arabic question mark ...). Does not split after a known
/// abbreviation (e.g., i.e., etc., vs., Dr. ...) or a single capital letter, before a comma, or inside "1.2",
/// "libfoo.so" and addresses.
std::vector<std::string> split_sentences(std::string_view paragraph);

}  // namespace heed::text
