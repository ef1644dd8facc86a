// Any bytes as a vocabulary, which encodes the same bytes as a text and decodes the result.
#include <heed/text/tokenizers/wordpiece.h>

#include "loaders.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return fuzz::only_errors([&] {
    const heed::text::WordPiece vocabulary = heed::text::WordPiece::load(fuzz::File(bytes, size).path());
    const heed::text::Tokens tokens = vocabulary.encode(fuzz::text_of(bytes, size));
    for (const std::int32_t token : tokens) fuzz::require(token >= 0 && token < vocabulary.size());
    vocabulary.decode(tokens);
  });
}
