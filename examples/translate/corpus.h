// What there is to learn from.
#pragma once

#include <heed/heed.h>

#include <string>
#include <vector>

#include "translator.h"

struct Corpus {
  heed::text::TranslationSplit texts;
  std::string origin;  // a sentence that says where they are from
};

/// Debian's package descriptions in English and this language, fetched by apt into the folder.
Corpus debian_corpus(const std::string& folder, const std::string& language);

/// Two files whose lines belong together. A hash of the source says what a pair is for, so that equal sources stay
/// together: a tenth is for validation, a tenth for the test.
Corpus corpus_of_files(const std::string& source_path, const std::string& target_path);

/// A number that tells one corpus from another.
std::uint64_t fingerprint(const Corpus& corpus);

/// Each text with its punctuation as words of its own.
heed::text::ParallelTexts separate_punctuation(heed::text::ParallelTexts texts);

/// The joins of both languages' training texts, punctuation apart: so many pieces, at most.
heed::text::BytePairEncoding train_pieces(const Corpus& corpus, std::int64_t count);

/// So many pairs of them (all, if there are fewer) whose source the translator may be given: the same ones whenever it
/// is called.
heed::text::ParallelTexts draw_pairs(const heed::text::ParallelTexts& from, std::size_t count,
                                     const Translator& translator);
