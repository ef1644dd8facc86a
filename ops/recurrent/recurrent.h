// GRU and LSTM: single steps, and runs over ragged batches. float32 and float64. The order of the gates, and so the
// layout of weights, is PyTorch's; sigma is the logistic sigmoid, * the elementwise product.
#pragma once

#include "../sequences/sequences.h"

namespace heed {

/// One step of a gated recurrent unit (GRU). With input = [a_r a_z a_n], product = [p_r p_z p_n] and hidden = h, row by
/// row:
///   r = sigma(a_r + p_r),  z = sigma(a_z + p_z),  n = tanh(a_n + r * p_n),  y = (1 - z) * n + z * h
/// where input is the projection of the step's input, and product that of h: the reset gate r acts on the product, not
/// on h.
///   input, product: [rows, 3 width];  hidden, y: [rows, width]
/// Cho et al. 2014, arXiv:1406.1078, in the form of Chung et al. 2014, arXiv:1412.3555, with r as in arXiv:1502.02367.
Tensor gru_cell(const Tensor& input, const Tensor& product, const Tensor& hidden);

struct LstmState {
  Tensor hidden, cell;
};

/// One step of long short-term memory (LSTM). With input + product = [a_i a_f a_g a_o] and cell = c, row by row:
///   i = sigma(a_i),  f = sigma(a_f),  g = tanh(a_g),  o = sigma(a_o)
///   cell' = f * c + i * g,  hidden = o * tanh(cell')
/// input, product: [rows, 4 width];  cell, cell', hidden: [rows, width]
/// Hochreiter and Schmidhuber 1997, "Long short-term memory", with the forget gate of Gers et al. 2000.
LstmState lstm_cell(const Tensor& input, const Tensor& product, const Tensor& cell);

/// Order of the tokens in a run.
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
