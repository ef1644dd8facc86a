#include "corpus.h"

#include <heed/heed.h>
#include <heed/nn/files.h>
#include <heed/text/hash.h>

#include <filesystem>

using namespace heed;

namespace {

constexpr const char* who = "language_model";

/// Title and paragraphs, a line each, with an empty line between documents.
std::string text_of(const std::vector<text::Document>& documents) {
  std::string text;
  for (const text::Document& document : documents) {
    for (const std::string& paragraph : document.paragraphs) text += paragraph + '\n';
    text += '\n';
  }
  return text;
}

}  // namespace

Corpus read_text(const std::string& path) {
  const std::string text = nn::read_file(who, path);
  if (text.empty()) throw Error(fmt::format("{} is empty", path));
  const std::size_t end = text.size() / 10 * 9 + text.size() % 10 * 9 / 10;
  return {text.substr(0, end), text.substr(end), fmt::format("{} bytes of {}", text.size(), path)};
}

Corpus read_descriptions(const std::string& folder) {
  const std::string train = folder + "/train.txt", validation = folder + "/validation.txt";
  if (std::filesystem::exists(train) && std::filesystem::exists(validation))
    return {nn::read_file(who, train), nn::read_file(who, validation), "the package descriptions in " + folder};
  text::DebianCorpus debian = text::read_debian(folder + "/apt");
  const text::Split split = text::split_by_group(std::move(debian.documents));
  Corpus corpus{text_of(split.train), text_of(split.validation), debian.origin};
  nn::write_file(who, train, corpus.train);
  nn::write_file(who, validation, corpus.validation);
  return corpus;
}

std::uint64_t fingerprint(const Corpus& corpus) {
  constexpr std::string_view end = "\xff";  // no UTF-8 has this byte
  return text::fnv1a(end, text::fnv1a(corpus.validation, text::fnv1a(end, text::fnv1a(corpus.train))));
}
