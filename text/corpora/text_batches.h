// Batches of texts without padding, for encoders.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "../../ops/sequences/sequences.h"
#include "../tokenizers/wordpiece.h"

namespace heed::text {

/// Concatenated texts: int64 [tokens], each text a sequence.
struct TextBatch {
  Tensor tokens;
  Sequences sequences;  // one for each text
};
/// Builds a batch of the texts, in their order.
TextBatch text_batch(std::span<const Tokens> texts);

/// Concatenated texts, and the label of each: int64 [texts].
struct LabelledBatch {
  Tensor tokens, labels;  // int64 [tokens], [texts]
  Sequences sequences;    // one for each text
};
/// Builds a batch of the texts with these indices, in this order. Throws Error if the numbers of texts and labels
/// differ, or if there is no text with such an index.
LabelledBatch labelled_batch(std::span<const Tokens> texts, std::span<const std::int64_t> labels,
                             std::span<const std::size_t> which);

}  // namespace heed::text
