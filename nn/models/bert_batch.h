// Batches for pretraining BERT.
#pragma once

#include "../../ops/sequences/sequences.h"

namespace heed::nn {

/// Batch for pretraining.
struct BertBatch {
  Tensor tokens, segments;  // int64 [tokens]; segments may be empty
  /// Lengths of the examples.
  Sequences sequences;
  Tensor masked_positions, masked_labels;  // int64 [labels]: indices into tokens, and the original tokens there
  /// int64 [sequences]: 0 if the second segment follows the first, else 1; empty: no next sentence prediction.
  Tensor next_labels;
};

}  // namespace heed::nn
