#pragma once

#include <string>
#include <vector>

#include "pretrain.h"

/// Predicted piece for a [MASK], with its probability.
struct Guess {
  std::string piece;
  double probability;
};

/// Returns the `count` most likely pieces for each [MASK] in the text, in order. Throws Error if there is no [MASK], or
/// if the text is too long for the model.
std::vector<std::vector<Guess>> fill_masks(Pretrained& model, const heed::text::WordPiece& vocabulary,
                                           const std::string& text, std::size_t count);
