// The text to learn from: its bytes are the tokens.
#pragma once

#include <heed/heed.h>

#include <string>
#include <vector>

struct Corpus {
  std::string train, validation;
};

/// A file, whatever its bytes, the last tenth for validation; without a path Debian's package descriptions, which apt
/// fetches into `folder`, a tenth of the source packages for validation. Throws heed::Error if either is shorter than
/// `least` bytes.
Corpus read_corpus(const std::string& path, const std::string& folder, std::int64_t least);

/// Windows of one length, each a sequence, and for each byte the one that follows it.
struct Windows {
  heed::Sequences sequences;
  heed::Tensor tokens, labels;  // int64 [windows * length]

  /// Those that begin at these places; the text must go on for a byte behind each.
  Windows(const std::string& text, const std::vector<std::int64_t>& places, std::int64_t length);
};
