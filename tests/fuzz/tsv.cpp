// Any bytes as a table of labelled texts, with labels from the file, and with given label names.
#include <heed/text/corpora/documents.h>

#include "loaders.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const fuzz::File file(bytes, size);
  const auto read = [&](const std::vector<std::string>& names) {
    return fuzz::only_errors([&] {
      const heed::text::LabelledTexts table = heed::text::read_tsv(file.path(), "text", "label", names);
      fuzz::require(table.texts.size() == table.labels.size());
      for (const std::int64_t label : table.labels)
        fuzz::require(label >= 0 && static_cast<std::size_t>(label) < table.names.size());
    });
  };
  read({});
  return read({"good", "bad"});
}
