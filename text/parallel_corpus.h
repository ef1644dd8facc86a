// Sentences in two languages, line by line, as batches for an encoder-decoder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "../ops/sequences.h"
#include "byte_pair_encoding.h"

namespace heed::text {

/// Sentence i of one list means the same as sentence i of the other.
struct ParallelTexts {
  std::vector<std::string> source, target;
};

/// Reads two files whose lines belong together. Throws Error, naming file and line: a file that cannot be read, unlike
/// numbers of lines, a line that is empty or no UTF-8, no lines at all.
ParallelTexts read_parallel(const std::string& source_path, const std::string& target_path);

/// A sentence and its translation as tokens, without begin and end.
struct SentencePair {
  Tokens source, target;
};

/// All of them, in parallel, with one vocabulary for both languages. Throws Error if the lists are of unlike length.
std::vector<SentencePair> encode_pairs(const ParallelTexts& texts, const BytePairEncoding& vocabulary);

struct LengthFilter {
  std::int64_t shortest = 1, longest = 100;  // tokens, of either side
  double ratio = 3;                          // at most, of the longer side to the shorter
};
/// Drops the pairs that do not fit, and returns how many. The others stay in order.
std::int64_t keep_lengths(std::vector<SentencePair>& pairs, const LengthFilter& filter = {});

/// What an encoder-decoder trains on. Each target reads <s> and its tokens, and should say its tokens and </s>.
struct TranslationBatch {
  Tensor source;  // int64 [source tokens], each sentence with </s> at its end
  Sequences source_sequences;
  Tensor target_input, target_labels;  // int64 [target tokens]
  Sequences target_sequences;
};

struct TranslationBatches {
  std::int64_t tokens = 2048;  // of a batch, at most: source and target together, begin and end included
  std::int64_t bucket = 64;    // batches that are sorted by length at once
  std::uint64_t seed = 1;
};

/// One pass over the pairs in random order, as batches without padding. Pairs are shuffled, and runs of `bucket`
/// batches' tokens are sorted by length before they are cut into batches, so that the sequences of a batch are alike
/// but batches are not the same in each epoch; then the batches are shuffled. The same for the same seed and epoch.
/// Keeps the pairs' address, so they must be there as long as it is, and cannot be made in its call. Throws Error if a
/// pair alone is more than a batch, or if there are none.
class TranslationEpoch {
 public:
  TranslationEpoch(const std::vector<SentencePair>& pairs, const TranslationBatches& options, std::uint32_t epoch);
  TranslationEpoch(const std::vector<SentencePair>&& pairs, const TranslationBatches& options,
                   std::uint32_t epoch) = delete;

  std::int64_t batches() const { return static_cast<std::int64_t>(batches_.size()); }
  /// Which pairs batch i holds, 0 <= i < batches().
  const std::vector<std::size_t>& pairs_of(std::int64_t i) const;
  TranslationBatch batch(std::int64_t i) const;

 private:
  const std::vector<SentencePair>& pairs_;
  std::vector<std::vector<std::size_t>> batches_;
};

/// These pairs as one batch, in this order.
TranslationBatch translation_batch(const std::vector<SentencePair>& pairs, const std::vector<std::size_t>& which);

/// Sources alone, to be translated: int64 [tokens], each with </s> at its end.
struct SourceBatch {
  Tensor tokens;
  Sequences sequences;
};
SourceBatch source_batch(std::span<const Tokens> sources);

}  // namespace heed::text
