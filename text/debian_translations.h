// Debian's package descriptions in two languages, paragraph by paragraph: some 110,000 pairs of English and Italian.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parallel_corpus.h"

namespace heed::text {

/// A text and what it means in another language.
struct TranslatedText {
  std::string group;  // texts of one group are alike, and must not be in training and in test: the source package
  std::string source, target;
};

/// Lets apt fetch the English descriptions and those in this language ("it") into `folder`, without touching the
/// system's own lists; what is there already is only brought up to date. Throws Error if apt cannot, or if Debian has
/// none in this language.
std::vector<TranslatedText> read_debian_translations(const std::string& folder, const std::string& language);

/// Pairs of paragraphs from two Translation indices (Description-md5, Description-en; Description-md5 and
/// Description-<language>), with the source that a Packages index gives for the package. Descriptions belong together
/// by the sum of the English text; of these, those with equally many paragraphs are taken, the title being the first.
/// Of the pairs, those with 3 to 40 words on both sides that do not say the same on both, each once.
std::vector<TranslatedText> align_descriptions(std::string_view english, std::string_view translated,
                                               std::string_view packages, const std::string& language);

/// Pairs by what they are for.
struct TranslationSplit {
  ParallelTexts train, validation, test;
};

/// Puts each pair where split_by_group puts its group: a tenth of the groups into validation, a tenth into test. What
/// has its source in one of the other two is then left out of training, and what has it in the test out of validation.
TranslationSplit split_translations(const std::vector<TranslatedText>& texts);

}  // namespace heed::text
