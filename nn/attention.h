#pragma once

#include "../ops/attention.h"
#include "../ops/rotary.h"
#include "../ops/view.h"
#include "cache.h"
#include "linear.h"
#include "positions.h"
#include "taps.h"

namespace heed::nn {
namespace detail {
/// Without heads there is none to be wide; that they are missing is said where the layer is called.
inline std::int64_t per_head(const Size& width, const Size& heads) { return heads > 0 ? width / heads : 0; }
}  // namespace detail

/// Each head h mixes the values of all positions by how well their keys match its query:
///   y = [head_1 ... head_H] W_o,  head_h = softmax(q_h k_g^T / sqrt(key_width)) v_g,
///   q = x W_q, k = m W_k, v = m W_v,  g = h / (heads / key_heads)
/// with m = x for self-attention and m = memory for cross-attention. x, y: [tokens, width], memory: [memory tokens,
/// memory_width], W_q = query: [heads key_width, width], W_k = key: [key_heads key_width, memory_width], W_v = value:
/// [key_heads value_width, memory_width], W_o = output: [width, heads value_width]. With key_heads = 1 all queries
/// share one head of keys and values (multi-query), between that and `heads` groups of them do (grouped-query). While
/// training, weights are dropped with probability `dropout`. With rotary positions, queries and keys are first turned
/// by their places (ops/rotary.h); other kinds of positions are not this layer's matter. q and k, as they are compared,
/// are tapped as "query" [tokens, heads, key_width] and "key" [memory tokens, key_heads, key_width]: whoever wants to
/// see the weights computes them from these.
/// Vaswani et al. 2017, arXiv:1706.03762, section 3.2; Shazeer 2019, arXiv:1911.02150 (multi-query); Ainslie et al.
/// 2023, arXiv:2305.13245 (grouped).
struct MultiHeadAttention {
  Size width, heads;
  float dropout = 0;
  PositionKind positions = PositionKind::none;
  float rotary_base = 10000;
  Size key_heads = heads, key_width = detail::per_head(width, heads), value_width = key_width, memory_width = width;
  bool biased = true;
  Linear query{.in = width, .out = heads * key_width, .biased = biased};
  Linear key{.in = memory_width, .out = key_heads * key_width, .biased = biased};
  Linear value{.in = memory_width, .out = key_heads * value_width, .biased = biased};
  Linear output{.in = heads * value_width, .out = width, .biased = biased};
  Mode mode{};

  /// Self-attention within each sequence.
  Tensor operator()(const Tensor& x, const Sequences& sequences, const AttentionOptions& options = {}) const {
    return (*this)(x, x, sequences, sequences, options);
  }

  /// Cross-attention: position i of sequence s of x attends to sequence s of the memory.
  Tensor operator()(const Tensor& x, const Tensor& memory, const Sequences& sequences,
                    const Sequences& memory_sequences, const AttentionOptions& options = {}) const {
    check();
    AttentionOptions with_dropout = options;
    if (mode.training) with_dropout.dropout = dropout;
    const Tensor queries = placed(by_head(query(x), heads), sequences.positions()),
                 keys = placed(by_head(key(memory), key_heads), memory_sequences.positions());
    tap(*this, "query", queries);
    tap(*this, "key", keys);
    const Tensor mixed =
        heed::attention(queries, keys, by_head(value(memory), key_heads), sequences, memory_sequences, with_dropout);
    return output(reshape(mixed, {mixed.size(0), heads * value_width}));
  }

  /// Adds the keys and values of x, whose tokens stand at these positions (int64 [tokens]), to a cache.
  void remember(KeyValueCache& cache, const Tensor& x, const Tensor& of_tokens, const Sequences& sequences) const {
    check();
    cache.append(placed(by_head(key(x), key_heads), of_tokens), by_head(value(x), key_heads), sequences);
  }

  /// Attention of x, whose tokens stand at these positions, to what the cache holds. Nothing is recorded.
  Tensor recall(const KeyValueCache& cache, const Tensor& x, const Tensor& of_tokens, const Sequences& sequences,
                const AttentionOptions& options = {}) const {
    check();
    const Tensor mixed =
        cached_attention(placed(by_head(query(x), heads), of_tokens), cache.rows(), sequences, options);
    return output(reshape(mixed, {mixed.size(0), heads * value_width}));
  }

  /// [tokens, count * width of a head] as [tokens, count, width of a head]
  static Tensor by_head(const Tensor& x, const Size& count) {
    return reshape(x, {x.size(0), count, x.size(1) / count});
  }

  /// Turned by their positions, int64 [tokens], if these are rotary.
  Tensor placed(const Tensor& x, const Tensor& of_tokens) const {
    return positions == PositionKind::rotary ? rotary(x, of_tokens, rotary_base) : x;
  }

  void check() const {
    if (key_width == detail::per_head(width, heads)) expect_divides(*this, heads, width);  // it was not given
    expect_divides(*this, key_heads, heads);
  }
};

/// The hyperparameters that the layers of a transformer hand to their attention.
struct AttentionSizes {
  Size width, heads, key_heads = heads;
  float dropout = 0;
  PositionKind positions = PositionKind::none;
  float rotary_base = 10000;
};

/// An attention of any type for a template argument: with dropout, positions and key_heads, if it has them.
template <class Attention>
Attention make_attention(const AttentionSizes& sizes) {
  const auto& [width, heads, key_heads, dropout, positions, rotary_base] = sizes;
  constexpr bool has_positions = requires {
    Attention{.width = 1, .heads = 1, .dropout = 0.0f, .positions = PositionKind::none, .rotary_base = 1.0f};
  };
  constexpr bool has_key_heads = requires {
    Attention{
        .width = 1, .heads = 1, .dropout = 0.0f, .positions = PositionKind::none, .rotary_base = 1.0f, .key_heads = 1};
  };
  if constexpr (has_key_heads) {
    return Attention{.width = width,
                     .heads = heads,
                     .dropout = dropout,
                     .positions = positions,
                     .rotary_base = rotary_base,
                     .key_heads = key_heads};
  } else if constexpr (has_positions) {
    return Attention{
        .width = width, .heads = heads, .dropout = dropout, .positions = positions, .rotary_base = rotary_base};
  } else if constexpr (requires { Attention{.width = width, .heads = heads, .dropout = 0.0f}; }) {
    return Attention{.width = width, .heads = heads, .dropout = dropout};
  } else {
    return Attention{.width = width, .heads = heads};
  }
}

}  // namespace heed::nn
