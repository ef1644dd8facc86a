#include "corpus.h"

#include <heed/graph/fail.h>
#include <heed/text/corpora/hash.h>
#include <heed/text/corpora/shuffled.h>

using namespace heed;

namespace {

Corpus split(const std::vector<text::TranslatedText>& texts, const std::string& origin) {
  Corpus corpus{text::split_translations(texts), origin};
  if (corpus.texts.train.source.empty() || corpus.texts.validation.source.empty() || corpus.texts.test.source.empty())
    fail("a corpus of {} pairs is too small to be split into training, validation and test", texts.size());
  return corpus;
}

}  // namespace

Corpus debian_corpus(const std::string& folder, const std::string& language) {
  std::vector<text::TranslatedText> texts;
  try {
    texts = text::read_debian_translations(folder, language);
  } catch (const Error& error) {
    fail("{}; without a network, --source and --target take files of your own", error.what());
  }
  return split(texts, fmt::format("{} pairs of texts in English and '{}' from Debian's package descriptions",
                                  texts.size(), language));
}

Corpus corpus_of_files(const std::string& source_path, const std::string& target_path) {
  const text::ParallelTexts lines = text::read_parallel(source_path, target_path);
  std::vector<text::TranslatedText> texts;
  for (std::size_t i = 0; i < lines.source.size(); ++i)
    texts.push_back({.group = lines.source[i], .source = lines.source[i], .target = lines.target[i]});
  return split(texts, fmt::format("{} pairs of lines from {} and {}", texts.size(), source_path, target_path));
}

std::uint64_t fingerprint(const Corpus& corpus) {
  std::uint64_t hash = text::fnv1a("");
  for (const text::ParallelTexts* part : {&corpus.texts.train, &corpus.texts.validation, &corpus.texts.test})
    for (const auto* texts : {&part->source, &part->target})
      for (const std::string& text : *texts) hash = text::fnv1a(text + "\n", hash);
  return hash;
}

text::ParallelTexts separate_punctuation(text::ParallelTexts texts) {
  for (auto* side : {&texts.source, &texts.target})
    for (std::string& text : *side) text = text::separate_punctuation(text);
  return texts;
}

text::BytePairEncoding train_pieces(const Corpus& corpus, std::int64_t count) {
  auto [texts, targets] = separate_punctuation(corpus.texts.train);
  texts.insert(texts.end(), targets.begin(), targets.end());
  return text::train_byte_pair_encoding(texts, {.merges = count, .vocabulary_size = count});
}

text::ParallelTexts draw_pairs(const text::ParallelTexts& from, std::size_t count, const Translator& translator) {
  text::ParallelTexts drawn;
  for (const std::size_t i : text::shuffled(from.source.size(), text::Draws{1, 0, 0})) {
    if (drawn.source.size() == count) break;
    if (std::ssize(translator.encode(from.source[i])) > translator.longest) continue;
    drawn.source.push_back(from.source[i]);
    drawn.target.push_back(from.target[i]);
  }
  return drawn;
}
