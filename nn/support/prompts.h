// Checks and batching of prompts, for generate and beam_search.
#pragma once

#include "../generation/generate.h"

namespace heed::nn::detail {

/// Throws Error, which starts with `who`, if a prompt is empty, too long or has a negative token, or a limit is out of
/// range.
void check_prompts(const char* who, const Prompts& prompts, std::int64_t max_new_tokens, std::int64_t context);
/// Throws Error, which starts with `who`, if a token of a prompt is outside the vocabulary.
void check_vocabulary(const char* who, const Prompts& prompts, std::int64_t vocabulary);

/// Concatenates the tokens of these rows: int64 [tokens].
Tensor joined_tokens(const Prompts& parts, const std::vector<std::int64_t>& rows);
Sequences joined_sequences(const Prompts& parts, const std::vector<std::int64_t>& rows);

}  // namespace heed::nn::detail
