// Parallel corpora.
#pragma once

#include <heed/heed.h>

#include <string>
#include <vector>

#include "translator.h"

struct Corpus {
  heed::text::TranslationSplit texts;
  std::string origin;  // description of the source
};

/// Reads Debian's package descriptions in English and this language, fetched by apt into the folder.
Corpus debian_corpus(const std::string& folder, const std::string& language);

/// Reads two files with corresponding lines. A hash of the source line selects a tenth for validation and a tenth for
/// the test, so that equal sources are in the same part.
Corpus corpus_of_files(const std::string& source_path, const std::string& target_path);

/// Hash of the corpus.
std::uint64_t fingerprint(const Corpus& corpus);

/// Separates punctuation from words in all texts.
heed::text::ParallelTexts separate_punctuation(heed::text::ParallelTexts texts);

/// Trains a byte-pair encoding of at most `count` pieces on the training texts of both languages.
heed::text::BytePairEncoding train_pieces(const Corpus& corpus, std::int64_t count);

/// Samples `count` pairs (all, if there are fewer) whose source is not too long for the translator, the same in each
/// call.
heed::text::ParallelTexts draw_pairs(const heed::text::ParallelTexts& from, std::size_t count,
                                     const Translator& translator);
