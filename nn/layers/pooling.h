// Pooling: one row for each sequence of a ragged batch.
#pragma once

#include "../../ops/sequences/sequences.h"

namespace heed::nn {

/// Indices of the first token of each sequence: int64 [sequences]. Throws Error if a sequence is empty.
Tensor first_tokens(const Sequences& sequences);
/// Indices of the last token of each sequence.
Tensor last_tokens(const Sequences& sequences);

/// Mean pooling over each sequence, 0 for an empty one:  x: [tokens, width]  ->  [sequences, width].
Tensor mean_rows(const Tensor& x, const Sequences& sequences);

}  // namespace heed::nn
