// Choosing a vocabulary from texts.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "wordpiece.h"

namespace heed::text {

struct TrainWordPiece {
  std::int64_t vocabulary_size = 8192;  // at most: fewer if no more pairs are left
  std::int64_t minimum_count = 2;       // of a pair to be joined
  std::int64_t alphabet = 1000;         // at most so many characters, the most frequent
  Normalization normalization = {};
};

/// A vocabulary of the special tokens, the texts' characters (to begin and to continue a word), and the pieces that
/// arise when, again and again, the most frequent pair of neighbouring pieces is joined: byte pair encoding (Sennrich
/// et al. 2016, arXiv:1508.07909) with marked continuations, as Hugging Face's WordPieceTrainer does it. Words with
/// characters outside of the alphabet, or more than 100 characters, are [UNK] and do not count. Of pairs that are
/// equally frequent the one with the smaller numbers comes first, and all characters are numbered in order of their
/// code points, so the result depends on nothing but the words' counts. Counts words in parallel. Throws Error if
/// vocabulary_size is too small for the characters.
WordPiece train_wordpiece(std::span<const std::string> texts, const TrainWordPiece& options = {});

}  // namespace heed::text
