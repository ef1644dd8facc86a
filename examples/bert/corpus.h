// Texts of the demo.
#pragma once

#include <heed/heed.h>

#include <string>
#include <vector>

/// Texts of the largest classes; labels are indices into `names`.
struct LabelledSplit {
  std::vector<std::string> names;
  heed::text::LabelledTexts train, validation, test;
};

/// Returns the documents whose label is one of the `classes` most frequent, each as one text.
LabelledSplit largest_classes(const heed::text::Split& split, std::size_t classes);

/// Samples `count` of the texts at random; `draw` is the seed.
heed::text::LabelledTexts draw_texts(const heed::text::LabelledTexts& from, std::size_t count, std::uint64_t draw);

/// Encodes the sentences of the documents.
std::vector<heed::text::Sentences> encode_documents(const std::vector<heed::text::Document>& documents,
                                                    const heed::text::WordPiece& vocabulary);

/// Trains a vocabulary on the documents.
heed::text::WordPiece train_vocabulary(const std::vector<heed::text::Document>& documents, std::int64_t size);
