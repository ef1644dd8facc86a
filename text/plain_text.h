// Text without documents, for language models.
#pragma once

#include <string>
#include <string_view>

#include "documents.h"

namespace heed::text {

struct PlainText {
  std::string train, validation;
};

/// The first nine tenths of the bytes to learn from, the rest for validation.
PlainText split_plain_text(std::string_view text);

/// The documents to learn from and for validation: paragraphs, a line each, with an empty line behind each document.
/// Throws Error for a paragraph that is no such line: an empty one, or one with an end of line in it.
PlainText plain_text(const Split& documents);

}  // namespace heed::text
