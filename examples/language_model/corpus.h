// Training and validation text.
#pragma once

#include <heed/text/corpora/plain_text.h>

#include <cstdint>

struct Corpus {
  heed::text::PlainText text;
  std::string origin;  // description of the source
};

/// Reads a file of any bytes: the first nine tenths are for training, the rest for validation. Throws heed::Error if it
/// cannot be read or is empty.
Corpus read_text(const std::string& path);

/// Reads Debian's package descriptions, which apt fetches into `folder`; a tenth of the source packages is for
/// validation. Later calls for the same folder read the saved text.
Corpus read_descriptions(const std::string& folder);

/// Hash of the corpus, the same on every machine.
std::uint64_t fingerprint(const Corpus& corpus);
