// Pretraining examples of BERT from documents.
#pragma once

#include <memory>
#include <vector>

#include "../../nn/models/bert_batch.h"
#include "masking.h"

namespace heed::text {

/// Tokens of each sentence of a document.
using Sentences = std::vector<Tokens>;

/// Splits the paragraphs of documents into sentences and encodes them, in parallel.
std::vector<Sentences> encode_sentences(const std::vector<std::vector<std::string>>& documents,
                                        const WordPiece& vocabulary);

/// Options of PretrainingEpoch; seed: of the order, the pairs and the masking.
struct PretrainingOptions {
  std::int64_t max_length = 64;      // maximum number of tokens of an example, including [CLS] and [SEP]
  std::int64_t batch_tokens = 2048;  // maximum number of tokens of a batch
  bool next_sentence = true;         // pairs of segments; else chunks of the concatenated documents, separated by [SEP]
  Masking masking = {};
  std::uint64_t seed = 1;
};

/// One epoch of examples from the documents, in random order, as batches without padding. Deterministic in seed and
/// epoch, for any number of threads; other epochs have other pairs, masks and orders. Keeps a copy of the vocabulary,
/// but no reference to the documents.
///
/// With next_sentence an example is [CLS] A [SEP] B [SEP], where A are sentences of a document. With probability 1/2, B
/// are the sentences that follow (label 0), otherwise sentences of another document (label 1); both are truncated to
/// `max_length` in total. The other document is drawn uniformly from the non-empty ones; A is taken from documents of
/// two sentences or more, since nothing follows in a document of one. Sentences without tokens and documents without
/// sentences are ignored. Throws Error if there are fewer than two documents, or none of two sentences. Devlin et al.
/// 2019, arXiv:1810.04805, appendix A.2.
class PretrainingEpoch {
 public:
  /// Epoch over the documents.
  PretrainingEpoch(const std::vector<Sentences>& documents, const WordPiece& vocabulary,
                   const PretrainingOptions& options, std::uint32_t epoch);

  /// Number of batches.
  std::int64_t batches() const { return static_cast<std::int64_t>(begins_.size()) - 1; }
  /// Batch i, 0 <= i < batches(), masked.
  nn::BertBatch batch(std::int64_t i) const;

 private:
  struct Example {
    Tokens tokens;
    std::int32_t second = 0;  // start of segment B; the end if there is none
    bool is_next = false;
  };

  /// Sentences of a document that have tokens; at least one.
  using Text = std::vector<const Tokens*>;

  std::vector<Example> pairs_of(const std::vector<Text>& documents, std::size_t document) const;
  std::vector<Example> stream_of(const std::vector<Text>& documents) const;

  const WordPiece vocabulary_;
  const PretrainingOptions options_;
  const std::uint32_t epoch_;
  std::vector<Example> examples_;
  std::vector<std::size_t> begins_;  // first example of each batch, and the end
};

}  // namespace heed::text
