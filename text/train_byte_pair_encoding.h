// Choosing the joins of byte pair encoding from texts.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "byte_pair_encoding.h"

namespace heed::text {

struct TrainBytePairEncoding {
  std::int64_t merges = 8000;        // at most: fewer if no more pairs are left
  std::int64_t minimum_count = 2;    // of a pair to be joined
  std::int64_t vocabulary_size = 0;  // at most so many pieces, the special ones and the characters included; 0: any
};

/// The joins that arise when, again and again, the most frequent pair of neighbouring pieces within words is joined, of
/// equally frequent ones the one that is greatest as strings (the first piece, then the second, by code points): those
/// that learn_bpe of subword-nmt 0.3.8 chooses, up to its pruning of rare pairs, which may forget some of their counts.
/// For a vocabulary of two languages, give it the texts of both. Counts words in parallel; the result depends on
/// nothing but the words' counts. Throws Error if vocabulary_size is too small for the characters.
BytePairEncoding train_byte_pair_encoding(std::span<const std::string> texts,
                                          const TrainBytePairEncoding& options = {});

}  // namespace heed::text
