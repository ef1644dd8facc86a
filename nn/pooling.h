// One row for each sequence of a ragged batch.
#pragma once

#include "../ops/sequences.h"

namespace heed::nn {

/// The row of each sequence's first token: int64 [sequences]. Throws Error if a sequence is empty.
Tensor first_tokens(const Sequences& sequences);
/// That of its last token.
Tensor last_tokens(const Sequences& sequences);

/// The mean of each sequence's rows, 0 for an empty one:  x: [tokens, width]  ->  [sequences, width].
Tensor mean_rows(const Tensor& x, const Sequences& sequences);

}  // namespace heed::nn
