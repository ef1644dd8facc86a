// Training of WordPiece vocabularies.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "wordpiece.h"

namespace heed::text {

/// Options of train_wordpiece; normalization: of the texts.
struct TrainWordPiece {
  std::int64_t vocabulary_size = 8192;  // maximum number of pieces; fewer if no pairs are left
  std::int64_t minimum_count = 2;       // of a pair to be merged
  std::int64_t alphabet = 1000;         // maximum number of characters; the most frequent are kept
  Normalization normalization = {};
};

/// Trains a WordPiece vocabulary: the special tokens, the texts' characters (at the beginning and inside of a word),
/// and the results of repeatedly merging the most frequent pair of neighbouring pieces. This is byte pair encoding
/// (Sennrich et al. 2016, arXiv:1508.07909) with marked continuations, as in Hugging Face's WordPieceTrainer. Words
/// with characters outside the alphabet, or more than 100 characters, are ignored ([UNK]). Of equally frequent pairs
/// the one with the smaller token ids comes first, and characters are ordered by code point, so the result depends only
/// on the words' counts. Counts words in parallel. Throws Error if vocabulary_size is too small for the characters.
WordPiece train_wordpiece(std::span<const std::string> texts, const TrainWordPiece& options = {});

}  // namespace heed::text
