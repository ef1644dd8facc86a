#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace heed::text {

/// Cuts a paragraph into sentences: after . ! or ? (and closing quotes or brackets), where white space and then a
/// capital, a digit, an opening quote or bracket, or a byte beyond ASCII follows. Not after a known abbreviation (e.g.,
/// i.e., etc., vs., Dr. ...) or a single capital letter; "1.2", "libfoo.so" and addresses have no space, so they stay
/// whole.
std::vector<std::string> sentences_of(std::string_view paragraph);

}  // namespace heed::text
