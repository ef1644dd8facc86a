// The texts that the demo learns from.
#pragma once

#include <heed/heed.h>

#include <string>
#include <vector>

/// Texts of the largest classes, as numbers into `names`.
struct LabelledSplit {
  std::vector<std::string> names;
  heed::text::LabelledTexts train, validation, test;
};

/// The documents whose label is one of the `classes` most frequent, each as one text.
LabelledSplit largest_classes(const heed::text::Split& split, std::size_t classes);

/// `count` of the texts, drawn at random: other ones for each `draw`.
heed::text::LabelledTexts draw_texts(const heed::text::LabelledTexts& from, std::size_t count, std::uint64_t draw);

/// The documents' sentences as tokens.
std::vector<heed::text::Sentences> encode_documents(const std::vector<heed::text::Document>& documents,
                                                    const heed::text::WordPiece& vocabulary);

/// A vocabulary trained on the documents.
heed::text::WordPiece train_vocabulary(const std::vector<heed::text::Document>& documents, std::int64_t size);
