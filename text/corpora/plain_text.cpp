#include "plain_text.h"

#include "../../graph/fail.h"
#include "../../io/files.h"
#include "../strings/lines.h"
#include "hash.h"

namespace heed::text {
namespace {

std::string lines_of(const std::vector<Document>& documents) {
  std::string text;
  for (const Document& document : documents) {
    for (const std::string& paragraph : document.paragraphs) {
      if (is_blank(paragraph) || paragraph.find('\n') != std::string::npos || paragraph.ends_with('\r'))
        fail(
            "plain_text: a paragraph of document \"{}\" is empty or contains an end of line, but must be a single line",
            document.name);
      if (text.empty() && paragraph.starts_with(io::byte_order_mark))
        fail("plain_text: the first paragraph begins with a byte order mark, which readers of text files skip");
      text.append(paragraph).push_back('\n');
    }
    text += '\n';
  }
  return text;
}

}  // namespace

PlainText split_plain_text(std::string_view text) {
  const std::size_t end = text.size() - (text.size() + 9) / 10;
  return {std::string(text.substr(0, end)), std::string(text.substr(end))};
}

PlainText plain_text(const Split& documents) { return {lines_of(documents.train), lines_of(documents.validation)}; }

std::uint64_t fingerprint(const PlainText& text) {
  constexpr std::string_view end = "\xff";  // a byte that does not occur in UTF-8
  return fnv1a(end, fnv1a(text.validation, fnv1a(end, fnv1a(text.train))));
}

}  // namespace heed::text
