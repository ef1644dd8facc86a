// Any bytes as two Debian package indices, separated by the first zero byte.
#include <heed/text/corpora/debian.h>
#include <heed/text/corpora/debian_translations.h>

#include "loaders.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return fuzz::only_errors([&] {
    const std::string_view text = fuzz::text_of(bytes, size);
    const std::size_t end = text.find('\0');
    const std::string_view packages = end == std::string_view::npos ? text : text.substr(end + 1);
    heed::text::parse_descriptions(text.substr(0, end), packages);
    heed::text::align_descriptions(text.substr(0, end), packages, packages, "it");
  });
}
