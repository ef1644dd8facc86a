// Bag of words with TF-IDF weights.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "../../graph/tensor.h"

namespace heed::text {

/// Nonzero entries of a sparse matrix [documents, words], sorted by document.
struct SparseDocuments {
  std::int64_t documents, words;
  Tensor document, word;  // int64 [entries]: row and column of each entry
  Tensor value;           // float32 [entries, 1]
};

/// Bag of words with TF-IDF weights: the baseline of text classification. A text is a vector of norm 1 with an entry
/// for each of its words,
///   x[d, w] = (1 + ln count of w in d) * (ln((1 + documents) / (1 + documents with w)) + 1), divided by the norm of
///   x[d].
/// Words are those of the text after BERT's normalisation, with at least two characters, that occur in at least two of
/// the training documents. Logits of a linear model with weight [words, classes] are
///   index_add(zeros({x.documents, classes}), x.document, x.value * gather_rows(weight, x.word)) + bias.
/// Sparck Jones 1972, "A statistical interpretation of term specificity", smoothed and with sublinear counts.
class TfIdf {
 public:
  /// Counts the documents with each word in the training texts.
  explicit TfIdf(std::span<const std::string> texts);

  /// Number of words.
  std::int64_t words() const { return static_cast<std::int64_t>(rarity_.size()); }
  /// Returns the vectors of texts. Other words than those of the training texts are ignored.
  SparseDocuments operator()(std::span<const std::string> texts) const;

 private:
  std::unordered_map<std::string, std::int64_t> numbers_;
  std::vector<double> rarity_;  // inverse document frequency of each word
};

}  // namespace heed::text
