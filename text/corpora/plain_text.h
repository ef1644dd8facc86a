// Plain text for language models.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "documents.h"

namespace heed::text {

/// Training and validation text.
struct PlainText {
  /// Both parts.
  std::string train, validation;
};

/// Splits a text: the first nine tenths of the bytes for training, the rest for validation.
PlainText split_plain_text(std::string_view text);

/// Converts the training and validation documents to plain text: a line per paragraph, and an empty line after each
/// document. Throws Error for a paragraph that is empty or contains an end of line.
PlainText plain_text(const Split& documents);

/// Hash of a corpus (fnv1a), the same on every machine: a resumed run checks that its corpus has not changed.
std::uint64_t fingerprint(const PlainText& text);

}  // namespace heed::text
