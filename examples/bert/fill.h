#pragma once

#include <string>
#include <vector>

#include "pretrain.h"

/// The likeliest pieces for one [MASK], with their chances.
struct Guess {
  std::string piece;
  double chance;
};

/// For each [MASK] in the text, in order, the `count` likeliest pieces. Throws Error if there is none, or if the text
/// is too long for the model.
std::vector<std::vector<Guess>> fill_masks(Pretrained& model, const heed::text::WordPiece& vocabulary,
                                           const std::string& text, std::size_t count);
