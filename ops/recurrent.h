// Recurrent units: their step, and whole runs over ragged batches. float32 and float64. The order of the gates, and so
// the layout of weights, is PyTorch's; sigma is the logistic function, * the product element by element.
#pragma once

#include "sequences.h"

namespace heed {

/// One step of a gated recurrent unit. With input = [a_r a_z a_n], product = [p_r p_z p_n] and hidden = h, row by row:
///   r = sigma(a_r + p_r),  z = sigma(a_z + p_z),  n = tanh(a_n + r * p_n),  y = (1 - z) * n + z * h
/// where input is linear in what comes in, and product in h: the reset gate r acts on the product, not on h.
///   input, product: [rows, 3 width];  hidden, y: [rows, width]
/// Cho et al. 2014, arXiv:1406.1078, in the form of Chung et al. 2014, arXiv:1412.3555, with r as in arXiv:1502.02367.
Tensor gru_cell(const Tensor& input, const Tensor& product, const Tensor& hidden);

struct LstmState {
  Tensor hidden, cell;
};

/// One step of long short-term memory. With input + product = [a_i a_f a_g a_o] and cell = c, row by row:
///   i = sigma(a_i),  f = sigma(a_f),  g = tanh(a_g),  o = sigma(a_o)
///   cell' = f * c + i * g,  hidden = o * tanh(cell')
/// input, product: [rows, 4 width];  cell, cell', hidden: [rows, width]
/// Hochreiter and Schmidhuber 1997, "Long short-term memory", with the forget gate of Gers et al. 2000.
LstmState lstm_cell(const Tensor& input, const Tensor& product, const Tensor& cell);

/// In which order a run goes through each sequence.
enum class Direction { forward, backward };

/// A unit run over each sequence, token after token: what it gave at each token, and its state after the last one.
struct GruRun {
  Tensor y, hidden;  // [tokens, width], [sequences, width]
};
/// h = gru_cell(input[token], h W^T + b, h) along each sequence, all sequences at once, without padding.
///   input: [tokens, 3 width];  W = weight: [3 width, width];  b = bias: [3 width], or an empty Tensor;
///   hidden: the states before the first step, [sequences, width], or an empty Tensor: zeros
/// Backward, a run begins at the last token of each sequence. Under precision(bfloat16) the products of the steps stay
/// in float32, as rounding would add up along a sequence; only that of the weight's gradient follows it.
GruRun gru(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& hidden,
           const Sequences& sequences, Direction direction = Direction::forward);

struct LstmRun {
  Tensor y, hidden, cell;  // [tokens, width], [sequences, width], [sequences, width]
};
/// (h, c) = lstm_cell(input[token], h W^T + b, c) along each sequence, all sequences at once, without padding.
///   input: [tokens, 4 width];  W = weight: [4 width, width];  b = bias: [4 width], or an empty Tensor;
///   hidden, cell: the states before the first step, [sequences, width], or empty Tensors: zeros
LstmRun lstm(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& hidden, const Tensor& cell,
             const Sequences& sequences, Direction direction = Direction::forward);

}  // namespace heed
