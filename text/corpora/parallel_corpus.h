// Parallel corpora: line-aligned sentences in two languages, and batches of them for encoder-decoders.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "../../ops/sequences/sequences.h"
#include "../tokenizers/byte_pair_encoding.h"

namespace heed::text {

/// Aligned sentences: target i is the translation of source i.
struct ParallelTexts {
  std::vector<std::string> source, target;
};

/// Reads two line-aligned files. Throws Error, naming file and line, if a file cannot be read, the numbers of lines
/// differ or are 0, or a line is empty or not valid UTF-8.
ParallelTexts read_parallel(const std::string& source_path, const std::string& target_path);

/// A sentence and its translation as tokens, without begin and end tokens.
struct SentencePair {
  /// Tokens of both sides.
  Tokens source, target;
};

/// Encodes both sides in parallel, with one vocabulary for both languages. Throws Error if the lists differ in length.
std::vector<SentencePair> encode_pairs(const ParallelTexts& texts, const BytePairEncoding& vocabulary);

/// Limits of filter_by_length.
struct LengthFilter {
  std::int64_t min_length = 1, max_length = 100;  // number of tokens of each side
  double ratio = 3;                               // maximum ratio of the longer to the shorter side
};
/// Removes pairs outside the limits, keeps the order of the others, and returns the number of removed ones.
std::int64_t filter_by_length(std::vector<SentencePair>& pairs, const LengthFilter& filter = {});

/// Training batch of an encoder-decoder. A target's input is <s> and its tokens, its labels are its tokens and </s>.
struct TranslationBatch {
  Tensor source;  // int64 [source tokens], each sentence ends with </s>
  /// Lengths of the sources.
  Sequences source_sequences;
  Tensor target_input, target_labels;  // int64 [target tokens]
  /// Lengths of the targets.
  Sequences target_sequences;
};

/// Options of TranslationEpoch; seed: of the order.
struct TranslationBatches {
  std::int64_t tokens = 2048;  // maximum per batch: source and target together, including begin and end tokens
  std::int64_t bucket = 64;    // number of batches whose pairs are sorted by length together
  std::uint64_t seed = 1;
};

/// One epoch over the pairs in random order, as batches without padding. Pairs are shuffled, sorted by length within
/// runs of `bucket` batches, and split into batches, so that the sequences of a batch have similar lengths but batches
/// differ between epochs; then the batches are shuffled. Deterministic in seed and epoch. Keeps a reference to the
/// pairs, which must outlive it (temporaries do not compile). Throws Error if a pair exceeds a batch, or if there are
/// none.
class TranslationEpoch {
 public:
  /// Epoch over the pairs, which must stay alive.
  TranslationEpoch(const std::vector<SentencePair>& pairs, const TranslationBatches& options, std::uint32_t epoch);
  TranslationEpoch(const std::vector<SentencePair>&& pairs, const TranslationBatches& options,
                   std::uint32_t epoch) = delete;

  /// Number of batches.
  std::int64_t batches() const { return static_cast<std::int64_t>(batches_.size()); }
  /// Indices of the pairs of batch i, 0 <= i < batches().
  const std::vector<std::size_t>& pairs_of(std::int64_t i) const;
  /// Batch i, 0 <= i < batches().
  TranslationBatch batch(std::int64_t i) const;

 private:
  const std::vector<SentencePair>& pairs_;
  std::vector<std::vector<std::size_t>> batches_;
};

/// Builds a batch of the pairs with these indices, in this order.
TranslationBatch translation_batch(const std::vector<SentencePair>& pairs, const std::vector<std::size_t>& which);

/// Batch of sources to translate: int64 [tokens], each ends with </s>.
struct SourceBatch {
  Tensor tokens;
  /// Lengths of the sources.
  Sequences sequences;
};
/// Builds a batch of sources.
SourceBatch source_batch(std::span<const Tokens> sources);

}  // namespace heed::text
