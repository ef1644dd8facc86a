#pragma once

#include "../ops/attention.h"
#include "../ops/view.h"
#include "linear.h"

namespace heed::nn {

/// Each head h mixes the values of all positions by how well their keys match its query:
///   y = [head_1 ... head_H] W_o,  head_h = softmax(q_h k_h^T / sqrt(width / heads)) v_h,  q = x W_q, k = m W_k, v = m
///   W_v
/// with m = x for self-attention and m = memory for cross-attention. x, y: [tokens, width], memory: [memory tokens,
/// width], the weights W_q = query, W_k = key, W_v = value, W_o = output: [width, width]. While training, weights are
/// dropped with probability `dropout`. Vaswani et al. 2017, arXiv:1706.03762, section 3.2.
struct MultiHeadAttention {
  Size width, heads;
  float dropout = 0;
  Linear query{.in = width, .out = width};
  Linear key{.in = width, .out = width};
  Linear value{.in = width, .out = width};
  Linear output{.in = width, .out = width};
  Mode mode{};

  /// Self-attention within each sequence.
  Tensor operator()(const Tensor& x, const Sequences& sequences, const AttentionOptions& options = {}) const {
    return (*this)(x, x, sequences, sequences, options);
  }

  /// Cross-attention: position i of sequence s of x attends to sequence s of the memory.
  Tensor operator()(const Tensor& x, const Tensor& memory, const Sequences& sequences,
                    const Sequences& memory_sequences, const AttentionOptions& options = {}) const {
    expect_divides(*this, heads, width);
    const auto by_head = [&](const Tensor& projected) {
      return reshape(projected, {projected.size(0), heads, width / heads});
    };
    AttentionOptions with_dropout = options;
    if (mode.training) with_dropout.dropout = dropout;
    Tensor mixed = heed::attention(by_head(query(x)), by_head(key(memory)), by_head(value(memory)), sequences,
                                   memory_sequences, with_dropout);
    return output(reshape(mixed, {mixed.size(0), width}));
  }
};

}  // namespace heed::nn
