// Parallel corpus of Debian's package descriptions, by paragraphs: about 110,000 pairs of English and Italian.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parallel_corpus.h"

namespace heed::text {

/// A text and its translation.
struct TranslatedText {
  std::string group;  // the source package: similar texts, which must not be in both training and test set
  /// A text, and its translation.
  std::string source, target;
};

/// Fetches the English descriptions and those in this language ("it") into `folder` by apt, without touching the
/// system's package lists; existing files are only updated. Throws Error if apt fails, or if Debian has no descriptions
/// in this language.
std::vector<TranslatedText> read_debian_translations(const std::string& folder, const std::string& language);

/// Aligns the paragraphs of two Translation indices (Description-md5, Description-en; Description-md5,
/// Description-<language>), grouped by the source package from a Packages index. Descriptions are matched by the MD5
/// sum of the English text, and used if both have the same number of paragraphs, including the title. Pairs with 3 to
/// 40 words on both sides are kept, without untranslated ones and duplicates.
std::vector<TranslatedText> align_descriptions(std::string_view english, std::string_view translated,
                                               std::string_view packages, const std::string& language);

/// Training, validation and test pairs.
struct TranslationSplit {
  /// Texts of each part.
  ParallelTexts train, validation, test;
};

/// Splits pairs by group as split_by_group does: a tenth of the groups for validation, a tenth for test. Pairs whose
/// source text is in the test set are removed from validation, and pairs whose source text is in either from training.
TranslationSplit split_translations(const std::vector<TranslatedText>& texts);

/// Hash of a corpus (fnv1a), the same on every machine: a resumed run checks that its corpus has not changed.
std::uint64_t fingerprint(const TranslationSplit& texts);

}  // namespace heed::text
