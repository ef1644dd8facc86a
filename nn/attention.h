#pragma once

#include "../ops/attention.h"
#include "../ops/rotary.h"
#include "../ops/view.h"
#include "linear.h"
#include "positions.h"

namespace heed::nn {

/// Each head h mixes the values of all positions by how well their keys match its query:
///   y = [head_1 ... head_H] W_o,  head_h = softmax(q_h k_h^T / sqrt(width / heads)) v_h,  q = x W_q, k = m W_k, v = m
///   W_v
/// with m = x for self-attention and m = memory for cross-attention. x, y: [tokens, width], memory: [memory tokens,
/// width], the weights W_q = query, W_k = key, W_v = value, W_o = output: [width, width]. While training, weights are
/// dropped with probability `dropout`. With rotary positions, queries and keys are first turned by their places
/// (ops/rotary.h); other kinds of positions are not this layer's matter.
/// Vaswani et al. 2017, arXiv:1706.03762, section 3.2.
struct MultiHeadAttention {
  Size width, heads;
  float dropout = 0;
  PositionKind positions = PositionKind::none;
  float rotary_base = 10000;
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
    AttentionOptions with_dropout = options;
    if (mode.training) with_dropout.dropout = dropout;
    const Tensor mixed =
        heed::attention(placed(by_head(query(x)), sequences), placed(by_head(key(memory)), memory_sequences),
                        by_head(value(memory)), sequences, memory_sequences, with_dropout);
    return output(reshape(mixed, {mixed.size(0), width}));
  }

  /// [tokens, width] as [tokens, heads, width / heads]
  Tensor by_head(const Tensor& x) const { return reshape(x, {x.size(0), heads, width / heads}); }

  Tensor placed(const Tensor& x, const Sequences& sequences) const {
    return positions == PositionKind::rotary ? rotary(x, sequences.positions(), rotary_base) : x;
  }
};

/// An attention of any type for a template argument: with dropout and positions, if it has them.
template <class Attention>
Attention make_attention(Size width, Size heads, float dropout, PositionKind positions, float rotary_base) {
  constexpr bool has_positions = requires {
    Attention{.width = width, .heads = heads, .dropout = 0.0f, .positions = positions, .rotary_base = 1.0f};
  };
  if constexpr (has_positions) {
    return Attention{
        .width = width, .heads = heads, .dropout = dropout, .positions = positions, .rotary_base = rotary_base};
  } else if constexpr (requires { Attention{.width = width, .heads = heads, .dropout = 0.0f}; }) {
    return Attention{.width = width, .heads = heads, .dropout = dropout};
  } else {
    return Attention{.width = width, .heads = heads};
  }
}

}  // namespace heed::nn
