// The text to learn from.
#pragma once

#include <heed/text/plain_text.h>

#include <cstdint>

struct Corpus {
  heed::text::PlainText text;
  std::string origin;  // a sentence that says where it is from
};

/// A file, whatever its bytes: the first nine tenths are for training, the rest for validation. Throws heed::Error if
/// it cannot be read or is empty.
Corpus read_text(const std::string& path);

/// Debian's package descriptions, which apt fetches into `folder`: a tenth of the source packages is for validation. A
/// second call for the same folder takes the text that the first one left there.
Corpus read_descriptions(const std::string& folder);

/// A number that tells texts apart, the same on every machine.
std::uint64_t fingerprint(const Corpus& corpus);
