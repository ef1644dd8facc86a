#include "corpus.h"

#include <heed/heed.h>
#include <heed/io/files.h>
#include <heed/text/corpora/hash.h>

#include <filesystem>

using namespace heed;

constexpr const char* who = "language_model";

Corpus read_text(const std::string& path) {
  const std::string text = io::read_text(who, path);
  if (text.empty()) throw Error(fmt::format("{} is empty", path));
  return {text::split_plain_text(text), fmt::format("{} bytes of {}", text.size(), path)};
}

Corpus read_descriptions(const std::string& folder) {
  const std::string train = folder + "/train.txt", validation = folder + "/validation.txt";
  if (std::filesystem::exists(train) && std::filesystem::exists(validation))
    return {{io::read_file(who, train), io::read_file(who, validation)}, "the package descriptions in " + folder};
  text::DebianCorpus debian = text::read_debian(folder + "/apt");
  Corpus corpus{text::plain_text(text::split_by_group(std::move(debian.documents))), debian.origin};
  io::write_file(who, train, corpus.text.train);
  io::write_file(who, validation, corpus.text.validation);
  return corpus;
}

std::uint64_t fingerprint(const Corpus& corpus) {
  constexpr std::string_view end = "\xff";  // a byte that does not occur in UTF-8
  return text::fnv1a(end, text::fnv1a(corpus.text.validation, text::fnv1a(end, text::fnv1a(corpus.text.train))));
}
