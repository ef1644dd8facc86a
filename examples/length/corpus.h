// The text to learn from, as sequences of bytes.
#pragma once

#include <heed/heed.h>

#include <string>
#include <vector>

struct Corpus {
  std::string train, validation;
};

/// A file, whatever its bytes, the last tenth for validation; without a path Debian's package descriptions, which apt
/// fetches into `folder`, a tenth of the source packages for validation. Of the validation text it keeps so many bytes.
/// Throws heed::Error if there are fewer.
Corpus read_corpus(const std::string& path, const std::string& folder, std::int64_t validation_bytes);

/// Sequences of one length, and for each byte the one that follows it.
struct Batch {
  heed::Sequences sequences;
  heed::Tensor tokens, labels;  // int64 [sequences * length]

  /// Those that begin at these places; the text must go on for a byte behind each.
  Batch(const std::string& text, const std::vector<std::int64_t>& places, std::int64_t length);
};
