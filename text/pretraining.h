// Documents as BERT's pretraining examples.
#pragma once

#include <memory>
#include <vector>

#include "../nn/bert_heads.h"
#include "masking.h"

namespace heed::text {

/// A document as its sentences, each as tokens.
using Sentences = std::vector<Tokens>;

/// The sentences of documents, in parallel; a document's paragraphs are cut by sentences_of.
std::vector<Sentences> encode_sentences(const std::vector<std::vector<std::string>>& documents,
                                        const WordPiece& vocabulary);

struct PretrainingOptions {
  std::int64_t longest = 64;              // tokens of an example, [CLS] and [SEP] included
  std::int64_t tokens_of_a_batch = 2048;  // about
  bool next_sentence = true;  // pairs of segments; else pieces of a stream of documents, with [SEP] between them
  Masking masking = {};
  std::uint64_t seed = 1;
};

/// The examples of one pass over the documents, in an order of its own, as batches without padding. The same for the
/// same seed and epoch, for any number of threads; another epoch has other pairs, masks and order. Keeps a copy of the
/// vocabulary, and nothing of the documents.
///
/// With next_sentence an example is [CLS] A [SEP] B [SEP], where A are sentences of a document and B are, half of the
/// time, those that follow (label 0), else some of another document (label 1); both are cut to `longest`. Any document
/// that is not empty gives a B with the same chance, and any of two sentences or more gives As: nothing follows in a
/// document of one. Sentences without tokens and documents without sentences do not count. Throws Error if there are no
/// two documents, or none of two sentences. Devlin et al. 2019, arXiv:1810.04805, appendix A.2.
class PretrainingEpoch {
 public:
  PretrainingEpoch(const std::vector<Sentences>& documents, const WordPiece& vocabulary,
                   const PretrainingOptions& options, std::uint32_t epoch);

  std::int64_t batches() const { return static_cast<std::int64_t>(begins_.size()) - 1; }
  /// Batch i, 0 <= i < batches(), masked.
  nn::BertBatch batch(std::int64_t i) const;

 private:
  struct Example {
    Tokens tokens;
    std::int32_t second = 0;  // where segment B begins; the end if there is none
    bool is_next = false;
  };

  /// A document's sentences that have tokens, of which there is one at least.
  using Text = std::vector<const Tokens*>;

  std::vector<Example> pairs_of(const std::vector<Text>& documents, std::size_t document) const;
  std::vector<Example> stream_of(const std::vector<Text>& documents) const;

  const WordPiece vocabulary_;
  const PretrainingOptions options_;
  const std::uint32_t epoch_;
  std::vector<Example> examples_;
  std::vector<std::size_t> begins_;  // of batches, and the end
};

}  // namespace heed::text
