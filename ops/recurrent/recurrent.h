// GRU and LSTM over ragged batches. float32 and float64.
#pragma once

#include "../sequences/sequences.h"

namespace heed {

/// Order of the tokens in a run: forward, or backward from the last one.
enum class Direction { forward, backward };

/// Result of gru: output at each token, and state after the last one.
struct GruOutput {
  Tensor y, hidden;  // [tokens, width], [sequences, width]
};
/// GRU over each sequence:  h = gru_cell(input[token], h W^T + b, h), all sequences at once, without padding.
///   input: [tokens, 3 width];  W = weight: [3 width, width];  b = bias: [3 width], or an empty Tensor;
///   hidden: initial states, [sequences, width], or an empty Tensor: zeros
/// With Direction::backward a run starts at the last token of each sequence. Under precision(bfloat16) the products of
/// the steps stay in float32, as rounding errors would accumulate along a sequence; only the product of the weight
/// gradient uses bfloat16.
GruOutput gru(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& hidden,
              const Sequences& sequences, Direction direction = Direction::forward);

/// Result of lstm: output at each token, and states after the last one.
struct LstmOutput {
  Tensor y, hidden, cell;  // [tokens, width], [sequences, width], [sequences, width]
};
/// LSTM over each sequence:  (h, c) = lstm_cell(input[token], h W^T + b, c), all sequences at once, without padding.
///   input: [tokens, 4 width];  W = weight: [4 width, width];  b = bias: [4 width], or an empty Tensor;
///   hidden, cell: initial states, [sequences, width], or empty Tensors: zeros
LstmOutput lstm(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& hidden, const Tensor& cell,
                const Sequences& sequences, Direction direction = Direction::forward);

}  // namespace heed
