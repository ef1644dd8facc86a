#include "plain_text.h"

namespace heed::text {
namespace {

std::string lines_of(const std::vector<Document>& documents) {
  std::string text;
  for (const Document& document : documents) {
    for (const std::string& paragraph : document.paragraphs) text += paragraph + '\n';
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

}  // namespace heed::text
