// Masking of tokens for masked language modelling.
#pragma once

#include <vector>

#include "../tokenizers/wordpiece.h"
#include "draws.h"

namespace heed::text {

/// Masking for the masked language model objective.
/// Devlin et al. 2019, arXiv:1810.04805, section 3.1 and appendix A.1.
struct Masking {
  double share = 0.15;  // fraction of the tokens that is chosen, at least one of each sequence
  double masked = 0.8;  // fraction of these that becomes [MASK]
  double random = 0.1;  // fraction of these that becomes a random piece; the rest is unchanged
};

/// Tokens of which some are masked.
struct MaskedTokens {
  /// Tokens after masking.
  Tokens tokens;
  std::vector<std::int32_t> positions;  // of the chosen tokens, ascending
  Tokens labels;                        // original tokens at these positions
};

/// Chooses round(share * n) of the n tokens that are not special, uniformly, and masks them. Random pieces are drawn
/// uniformly from those that are not special. Throws Error unless the fractions are in [0, 1], masked + random is at
/// most 1, and all tokens are in the vocabulary.
MaskedTokens mask_tokens(const Tokens& tokens, const WordPiece& vocabulary, const Masking& masking, Draws& draws);

}  // namespace heed::text
