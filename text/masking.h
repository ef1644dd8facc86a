#pragma once

#include <vector>

#include "draws.h"
#include "wordpiece.h"

namespace heed::text {

/// Which tokens the masked language model must guess, and what stands there instead.
/// Devlin et al. 2019, arXiv:1810.04805, section 3.1 and appendix A.1.
struct Masking {
  double share = 0.15;  // of the tokens, at least one of each sequence
  double masked = 0.8;  // of these become [MASK],
  double random = 0.1;  // and these any piece but a special one; the rest stays as it is
};

struct MaskedTokens {
  Tokens tokens;
  std::vector<std::int32_t> positions;  // of the chosen ones, ascending
  Tokens labels;                        // what stood there
};

/// Chooses round(share * n) of the n tokens that are not special, all equally likely; one that becomes random is any of
/// the pieces that are not special, all equally likely. Throws Error unless the shares are in [0, 1], masked + random
/// is at most 1, and the tokens are the vocabulary's.
MaskedTokens mask_tokens(const Tokens& tokens, const WordPiece& vocabulary, const Masking& masking, Draws& draws);

}  // namespace heed::text
