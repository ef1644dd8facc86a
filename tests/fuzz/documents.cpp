// Any bytes as plain text in documents and paragraphs.
#include <heed/text/corpora/documents.h>

#include "loaders.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return fuzz::only_errors([&] {
    auto documents = heed::text::read_documents(fuzz::File(bytes, size).path());
    fuzz::require(!documents.empty());
    for (const heed::text::Document& document : documents) fuzz::require(!document.paragraphs.empty());
    heed::text::drop_duplicates(documents);
    heed::text::split_by_group(std::move(documents));
  });
}
