// Windows of equal length in a long text: batches for a language model.
#pragma once

#include <vector>

#include "../../ops/sequences/sequences.h"
#include "../tokenizers/wordpiece.h"

namespace heed::text {

/// Batch of windows of equal length, each a sequence, with the next token of each token as its label.
struct Windows {
  Tensor tokens, labels;  // int64 [windows * length]
  /// One sequence for each window.
  Sequences sequences;
};

/// Builds a batch of the windows at these offsets. Throws Error if a window and the token after it do not fit in the
/// text.
Windows windows_at(const Tokens& text, const std::vector<std::int64_t>& places, std::int64_t length);

/// Builds a batch of `count` windows at random offsets, from this thread's random numbers. Throws Error if the text is
/// not longer than a window.
Windows random_windows(const Tokens& text, std::int64_t count, std::int64_t length);

}  // namespace heed::text
