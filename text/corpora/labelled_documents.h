// Labelled documents, for text classification.
#pragma once

#include <cstdint>

#include "documents.h"

namespace heed::text {

/// Training, validation and test texts (train, validation, test) with the same names of labels.
struct LabelledSplit {
  LabelledTexts train, validation, test;
};

/// Returns the documents whose label is one of the `count` most frequent in the training documents (of equally frequent
/// ones the first in alphabetical order; all if there are fewer), each as one text: the first paragraph, as a title,
/// with a full stop, and the others, separated by spaces. Names are sorted. Throws Error if `count` is not positive, or
/// if such a document has no paragraph.
LabelledSplit most_frequent_labels(const Split& documents, std::int64_t count);

/// Returns a random sample of the texts without replacement, of `count` texts, or all of them if there are fewer.
/// Throws Error if `count` is negative, or if the numbers of texts and labels differ.
LabelledTexts sample(const LabelledTexts& texts, std::int64_t count, std::uint64_t seed);

}  // namespace heed::text
