#include "corpus.h"

#include <heed/nn/files.h>

using namespace heed;

namespace {

/// Paragraphs, a line each, with an empty line between documents.
std::string text_of(const std::vector<text::Document>& documents) {
  std::string text;
  for (const text::Document& document : documents) {
    for (const std::string& paragraph : document.paragraphs) text += paragraph + '\n';
    text += '\n';
  }
  return text;
}

Corpus read(const std::string& path, const std::string& folder) {
  if (path.empty()) {
    const text::Split split = text::split_by_group(text::read_debian(folder).documents);
    return {text_of(split.train), text_of(split.validation)};
  }
  const std::string text = nn::read_file("mixture", path);
  const std::size_t end = text.size() - text.size() / 10;
  return {text.substr(0, end), text.substr(end)};
}

}  // namespace

Corpus read_corpus(const std::string& path, const std::string& folder, std::int64_t least) {
  Corpus corpus = read(path, folder);
  const auto shorter = std::min(std::ssize(corpus.train), std::ssize(corpus.validation));
  if (shorter < least)
    throw Error(fmt::format("the text has {} bytes to learn from and {} for validation, but both must have {} or more",
                            corpus.train.size(), corpus.validation.size(), least));
  return corpus;
}

Windows::Windows(const std::string& text, const std::vector<std::int64_t>& places, std::int64_t length)
    : sequences(Sequences::equal(std::ssize(places), length)),
      tokens(empty({sequences.tokens()}, int64)),
      labels(empty({sequences.tokens()}, int64)) {
  auto token = tokens.mutable_data<std::int64_t>().begin(), label = labels.mutable_data<std::int64_t>().begin();
  const auto as_number = [](char c) { return static_cast<unsigned char>(c); };
  for (const std::int64_t place : places) {
    const auto begin = text.begin() + place;
    token = std::transform(begin, begin + length, token, as_number);
    label = std::transform(begin + 1, begin + length + 1, label, as_number);
  }
}
