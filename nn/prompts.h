// For generate and beam_search: prompts, and tokens of some of their rows as a ragged batch.
#pragma once

#include "generate.h"

namespace heed::nn::detail {

/// Throws Error, in the name of `who`, if a prompt is empty, too long or has a negative token, or a limit makes no
/// sense.
void check_prompts(const char* who, const Prompts& prompts, std::int64_t longest, std::int64_t context);
/// Throws Error, in the name of `who`, if a token of a prompt is outside the vocabulary.
void check_vocabulary(const char* who, const Prompts& prompts, std::int64_t vocabulary);

/// The tokens of these rows, one after the other: int64.
Tensor joined_tokens(const Prompts& parts, const std::vector<std::int64_t>& rows);
Sequences joined_sequences(const Prompts& parts, const std::vector<std::int64_t>& rows);

}  // namespace heed::nn::detail
