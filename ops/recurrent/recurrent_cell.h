// Single steps of GRU and LSTM. float32 and float64. The order of the gates, and so the layout of weights, is
// PyTorch's; sigma is the logistic sigmoid, * the elementwise product.
#pragma once

#include "../../graph/tensor.h"

namespace heed {

/// One step of a gated recurrent unit (GRU). With input = [a_r a_z a_n], product = [p_r p_z p_n] and hidden = h, row by
/// row:
///   r = sigma(a_r + p_r),  z = sigma(a_z + p_z),  n = tanh(a_n + r * p_n),  y = (1 - z) * n + z * h
/// where input is the projection of the step's input, and product that of h: the reset gate r acts on the product, not
/// on h.
///   input, product: [rows, 3 width];  hidden, y: [rows, width]
/// Cho et al. 2014, arXiv:1406.1078, in the form of Chung et al. 2014, arXiv:1412.3555, with r as in arXiv:1502.02367.
Tensor gru_cell(const Tensor& input, const Tensor& product, const Tensor& hidden);

/// State of an LSTM: hidden and cell, each [rows, width].
struct LstmState {
  Tensor hidden, cell;
};

/// One step of long short-term memory (LSTM). With input + product = [a_i a_f a_g a_o] and cell = c, row by row:
///   i = sigma(a_i),  f = sigma(a_f),  g = tanh(a_g),  o = sigma(a_o)
///   cell' = f * c + i * g,  hidden = o * tanh(cell')
/// input, product: [rows, 4 width];  cell, cell', hidden: [rows, width]
/// Hochreiter and Schmidhuber 1997, "Long short-term memory", with the forget gate of Gers et al. 2000.
LstmState lstm_cell(const Tensor& input, const Tensor& product, const Tensor& cell);

}  // namespace heed
