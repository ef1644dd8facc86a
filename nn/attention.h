#pragma once

#include <cmath>

#include "../ops/attention.h"
#include "../ops/elementary.h"
#include "../ops/rotary.h"
#include "../ops/view.h"
#include "cache.h"
#include "linear.h"
#include "norm.h"
#include "positions.h"
#include "relative_positions.h"
#include "repeat.h"
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
/// training, weights are dropped with probability `dropout`. With rotary positions and xpos, queries and keys are first
/// turned by their places; other kinds that act inside attention add to scores, keys and values what depends on the
/// distance (relative_positions.h). q and k, as they are compared, are tapped as "query" [tokens, heads, key_width] and
/// "key" [memory tokens, key_heads, key_width]: whoever wants to see the weights computes them from these. Vaswani et
/// al. 2017, arXiv:1706.03762, section 3.2; Shazeer 2019, arXiv:1911.02150 (multi-query); Ainslie et al. 2023,
/// arXiv:2305.13245 (grouped). With query_key_norm, each head's queries and keys are first given the root mean square 1
/// (RmsNorm over key_width, shared by the heads), before they are turned: Henry et al. 2020, arXiv:2010.04245, as in
/// Dehghani et al. 2023, arXiv:2302.05442, section 2. Gated, y = (sigmoid(x W_g) * [head_1 ... head_H]) W_o, W_g =
/// gate: [heads value_width, width]: Qiu et al. 2025, arXiv:2505.06708, section 2.2.
struct MultiHeadAttention {
  Size width, heads;
  float dropout = 0;
  PositionKind positions = PositionKind::none;
  float rotary_base = 10000;
  Size key_heads = heads, key_width = detail::per_head(width, heads), value_width = key_width, memory_width = width;
  bool biased = true, query_key_norm = false, gated = false;
  Linear query = Linear{.in = width, .out = heads * key_width, .biased = biased};
  Linear key = Linear{.in = memory_width, .out = key_heads * key_width, .biased = biased};
  Linear value = Linear{.in = memory_width, .out = key_heads * value_width, .biased = biased};
  Linear output = Linear{.in = heads * value_width, .out = width, .biased = biased};
  std::optional<Rotary> rotary = when(positions == PositionKind::rotary || positions == PositionKind::xpos, [&] {
    const bool falls = positions == PositionKind::xpos;
    return Rotary{
        .width = key_width, .base = rotary_base, .scaling = falls ? RotaryScaling::xpos : RotaryScaling::none};
  });
  std::optional<LearnedAlibi> learned_alibi =
      when(positions == PositionKind::learned_alibi, [&] { return LearnedAlibi{.heads = heads}; });
  std::optional<ClippedDistances> clipped =
      when(positions == PositionKind::clipped, [&] { return ClippedDistances{.heads = heads}; });
  std::optional<DistanceBuckets> buckets =
      when(positions == PositionKind::buckets || positions == PositionKind::causal_buckets, [&] {
        const bool both = positions == PositionKind::buckets;
        return DistanceBuckets{.heads = heads, .sides = both ? BucketSides::both : BucketSides::before};
      });
  std::optional<ShawDistances> shaw = when(positions == PositionKind::shaw, [&] {
    return ShawDistances{.key_width = key_width, .value_width = value_width};
  });
  std::optional<TransformerXlDistances> transformer_xl = when(positions == PositionKind::transformer_xl, [&] {
    return TransformerXlDistances{.width = width, .heads = heads, .key_width = key_width};
  });
  std::optional<RmsNorm> query_norm = when(query_key_norm, [&] { return RmsNorm{.width = key_width}; }),
                         key_norm = when(query_key_norm, [&] { return RmsNorm{.width = key_width}; });
  std::optional<Linear> gate =
      when(gated, [&] { return Linear{.in = width, .out = heads * value_width, .biased = biased}; });
  Mode mode{};

  /// Self-attention within each sequence.
  Tensor operator()(const Tensor& x, const Sequences& sequences, const AttentionOptions& options = {}) const {
    return (*this)(x, x, sequences, sequences, options);
  }

  /// Cross-attention: position i of sequence s of x attends to sequence s of the memory.
  Tensor operator()(const Tensor& x, const Tensor& memory, const Sequences& sequences,
                    const Sequences& memory_sequences, const AttentionOptions& options = {}) const {
    expect_usable(*this);
    const Tensor queries = placed_queries(x, sequences.positions()),
                 keys = placed_keys(memory, memory_sequences.positions());
    tap(*this, "query", queries);
    tap(*this, "key", keys);
    AttentionOptions all = with_distances(options, queries.dtype());
    if (mode.training) all.dropout = dropout;
    const Tensor mixed =
        heed::attention(queries, keys, by_head(value(memory), key_heads), sequences, memory_sequences, all);
    return projected(x, mixed);
  }

  /// Adds the keys and values of x, whose tokens stand at these positions (int64 [tokens]), to a cache.
  void remember(KeyValueCache& cache, const Tensor& x, const Tensor& of_tokens, const Sequences& sequences) const {
    expect_usable(*this);
    cache.append(placed_keys(x, of_tokens), by_head(value(x), key_heads), sequences);
  }

  /// Attention of x, whose tokens stand at these positions, to what the cache holds. Nothing is recorded.
  Tensor recall(const KeyValueCache& cache, const Tensor& x, const Tensor& of_tokens, const Sequences& sequences,
                const AttentionOptions& options = {}) const {
    expect_usable(*this);
    const Tensor queries = placed_queries(x, of_tokens);
    const Tensor mixed = cached_attention(queries, cache.rows(), sequences, with_distances(options, queries.dtype()));
    return projected(x, mixed);
  }

  /// What the heads of the queries of x have mixed, [tokens, heads, value_width], as the output: [tokens, width].
  Tensor projected(const Tensor& x, const Tensor& mixed) const {
    const Tensor y = reshape(mixed, {mixed.size(0), heads * value_width});
    return output(gate ? sigmoid((*gate)(x)) * y : y);
  }

  /// [tokens, count * width of a head] as [tokens, count, width of a head]
  static Tensor by_head(const Tensor& x, const Size& count) {
    return reshape(x, {x.size(0), count, x.size(1) / count});
  }

  /// Of tokens at these positions, int64 [tokens]: normalised, if asked, and turned, if the positions are rotary.
  Tensor placed_queries(const Tensor& x, const Tensor& of_tokens) const {
    Tensor queries = by_head(query(x), heads);
    if (query_norm) queries = (*query_norm)(queries);
    if (transformer_xl) return transformer_xl->queries(queries);
    return rotary ? (*rotary)(queries, of_tokens, RotarySide::query) : queries;
  }
  Tensor placed_keys(const Tensor& memory, const Tensor& of_tokens) const {
    Tensor keys = by_head(key(memory), key_heads);
    if (key_norm) keys = (*key_norm)(keys);
    return rotary ? (*rotary)(keys, of_tokens, RotarySide::key) : keys;
  }

  /// The options, with what depends on distances.
  AttentionOptions with_distances(AttentionOptions options, DType dtype) const {
    if (positions == PositionKind::alibi) options.bias = sum_of(options.bias, alibi(alibi_slopes(heads, dtype)));
    if (learned_alibi) options.bias = sum_of(options.bias, alibi(learned_alibi->slopes));
    if (clipped) options.bias = sum_of(options.bias, clipped_distances(clipped->table));
    if (buckets)
      options.bias = sum_of(options.bias, bucketed_distances(buckets->table, buckets->sides, buckets->farthest));
    if (shaw) {
      options.relative_keys = sum_of(options.relative_keys, clipped_distances(shaw->keys));
      options.relative_values = sum_of(options.relative_values, clipped_distances(shaw->values));
    }
    if (transformer_xl)
      transformer_xl->add_to(options, options.scale ? *options.scale : 1 / std::sqrt(static_cast<double>(key_width)));
    return options;
  }

  void check() const {
    expect_at_least(*this, 0, width, key_width, value_width, memory_width);
    expect_at_least(*this, 1, heads, key_heads);
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

/// An attention of any type for a template argument: with dropout, positions and key_heads, if it has them. Or a
/// recipe: a struct whose static function make(AttentionSizes) returns an attention, with any of its fields set.
///   struct SmallHeads {
///     static nn::MultiHeadAttention make(const nn::AttentionSizes& s) {
///       return {.width = s.width, .heads = s.heads, .dropout = s.dropout, .key_width = 16};
///     }
///   };
///   auto model = nn::LanguageModel<SmallHeads>{...};
template <class Attention>
auto make_attention(const AttentionSizes& sizes) {
  const auto& [width, heads, key_heads, dropout, positions, rotary_base] = sizes;
  constexpr bool has_positions = requires {
    Attention{.width = 1, .heads = 1, .dropout = 0.0f, .positions = PositionKind::none, .rotary_base = 1.0f};
  };
  constexpr bool has_key_heads = requires {
    Attention{
        .width = 1, .heads = 1, .dropout = 0.0f, .positions = PositionKind::none, .rotary_base = 1.0f, .key_heads = 1};
  };
  if constexpr (requires { Attention::make(sizes); }) {
    return Attention::make(sizes);
  } else if constexpr (has_key_heads) {
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

/// The attention that a template argument stands for.
template <class Attention>
using MadeAttention = decltype(make_attention<Attention>(std::declval<const AttentionSizes&>()));

/// Recipes of MultiHeadAttention: with normalised queries and keys, with a gate before the output, and with both.
template <bool query_key_norm, bool gated>
struct AttentionRecipe {
  static MultiHeadAttention make(const AttentionSizes& sizes) {
    return {.width = sizes.width,
            .heads = sizes.heads,
            .dropout = sizes.dropout,
            .positions = sizes.positions,
            .rotary_base = sizes.rotary_base,
            .key_heads = sizes.key_heads,
            .query_key_norm = query_key_norm,
            .gated = gated};
  }
};
using QueryKeyNormAttention = AttentionRecipe<true, false>;
using GatedAttention = AttentionRecipe<false, true>;
using GatedQueryKeyNormAttention = AttentionRecipe<true, true>;

}  // namespace heed::nn
