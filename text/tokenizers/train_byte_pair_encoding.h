// Training of byte pair encoding.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "byte_pair_encoding.h"

namespace heed::text {

/// Options of train_byte_pair_encoding.
struct TrainBytePairEncoding {
  std::int64_t merges = 8000;        // maximum number of merges; fewer if no pairs are left
  std::int64_t minimum_count = 2;    // of a pair to be merged
  std::int64_t vocabulary_size = 0;  // maximum number of pieces, including special tokens and characters; 0: unlimited
};

/// Trains byte pair encoding: repeatedly merges the most frequent pair of neighbouring pieces within words; of equally
/// frequent ones the greatest as strings (the first piece, then the second, by code points). Chooses the same merges as
/// learn_bpe of subword-nmt 0.3.8, except for its pruning of rare pairs, which may lose some counts. For a shared
/// vocabulary of two languages, pass the texts of both. Counts words in parallel; the result depends only on the words'
/// counts. Throws Error if vocabulary_size is too small for the characters.
BytePairEncoding train_byte_pair_encoding(std::span<const std::string> texts,
                                          const TrainBytePairEncoding& options = {});

}  // namespace heed::text
