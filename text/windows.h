// A long text in pieces of one length: batches for a language model.
#pragma once

#include <vector>

#include "../ops/sequences.h"
#include "wordpiece.h"

namespace heed::text {

/// Windows of one length, each a sequence, and for each token the one that follows it.
struct Windows {
  Tensor tokens, labels;  // int64 [windows * length]
  Sequences sequences;
};

/// The windows that begin at these places; the text must go on for a token behind each. Throws Error where it does not.
Windows windows_at(const Tokens& text, const std::vector<std::int64_t>& places, std::int64_t length);

/// So many windows at random places, by this thread's random numbers. Throws Error if the text has no more tokens than
/// a window.
Windows random_windows(const Tokens& text, std::int64_t count, std::int64_t length);

}  // namespace heed::text
