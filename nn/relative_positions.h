// Positions inside attention: layers that tell it how far a key is from its query. Each stands in the field `positions`
// of MultiHeadAttention; those with add_to can stand in that of a Stack too, one for all its layers.
#pragma once

#include <cmath>

#include "../ops/arithmetic.h"
#include "../ops/attention.h"
#include "../ops/rotary.h"
#include "attention_inputs.h"
#include "expect.h"
#include "given.h"
#include "init.h"
#include "linear.h"
#include "parameter.h"

namespace heed::nn {

/// How the frequencies of rotary positions are changed for texts longer than those of the training, each with the
/// defaults of its paper (ops/rotary_frequencies.h). xpos: products fall with the distance too.
enum class RotaryScaling { none, linear, ntk, yarn, llama3, xpos };

/// Turns the first `width` features of each head of queries and keys by their positions (ops/rotary.h).
///   x, y: [tokens, heads, at least width], positions: int64 [tokens]
/// factor and trained_length matter to linear (the factor), ntk (the factor), yarn and llama3 (both).
struct Rotary {
  Size width;
  float base = 10000;
  RotaryPairs pairs = RotaryPairs::halves;
  RotaryScaling scaling = RotaryScaling::none;
  float factor = 1;
  Size trained_length = 2048;

  Tensor operator()(const Tensor& x, const Tensor& positions, RotarySide side) const;
  void check() const;
  static Rotary for_heads(const HeadSizes& sizes) { return {.width = sizes.key_width}; }
  void turn(AttentionInputs& inputs, const Tensor& positions) const;
  template <class Attention>
  void operator()(AttentionInputs& inputs, const Pass& pass, const Attention&) const {
    turn(inputs, pass.positions);
  }
};

/// A bias that falls with the distance, by slopes that follow from the number of heads: heed::alibi. Press et al. 2022,
/// arXiv:2108.12409, section 3.
struct Alibi {
  Size heads;

  void check() const;
  static Alibi for_heads(const HeadSizes& sizes) { return {.heads = sizes.heads}; }
  void add_to(AttentionOptions& options, DType dtype) const;
  template <class Attention>
  void operator()(AttentionInputs& inputs, const Pass&, const Attention&) const {
    add_to(inputs.options, inputs.query.dtype());
  }
};

/// A bias that falls with the distance, by slopes that are learned: heed::alibi, which begins with heed::alibi_slopes.
/// slopes: [heads]
struct LearnedAlibi {
  Size heads;
  Parameter slopes{{heads}, [](const Shape& shape) { return alibi_slopes(shape[0]); }, Role::scale};

  void check() const;
  static LearnedAlibi for_heads(const HeadSizes& sizes) { return {.heads = sizes.heads}; }
  void add_to(AttentionOptions& options, DType /*dtype*/) const;
  template <class Attention>
  void operator()(AttentionInputs& inputs, const Pass&, const Attention&) const {
    add_to(inputs.options, inputs.query.dtype());
  }
};

/// A learned bias for each head and distance, up to `farthest` to either side; those beyond have that of the farthest:
/// heed::clipped_distances.  table: [2 farthest + 1, heads]
struct ClippedDistances {
  Size heads, farthest = 128;
  float deviation = 0.02f;
  Parameter table{{2 * farthest + 1, heads}, normal_with(deviation)};

  void check() const;
  static ClippedDistances for_heads(const HeadSizes& sizes) { return {.heads = sizes.heads}; }
  void add_to(AttentionOptions& options, DType /*dtype*/) const;
  template <class Attention>
  void operator()(AttentionInputs& inputs, const Pass&, const Attention&) const {
    add_to(inputs.options, inputs.query.dtype());
  }
};

/// A learned bias for each head and bucket of distances, which are the wider the farther they are away:
/// heed::bucketed_distances.  table: [buckets, heads]. In T5 all layers have one table: give it to their Stack, as
/// `.positions`. Raffel et al. 2020, arXiv:1910.10683, section 2.1.
struct DistanceBuckets {
  Size heads, buckets = 32, farthest = 128;
  BucketSides sides = BucketSides::both;
  float deviation = 0.02f;
  Parameter table{{buckets, heads}, normal_with(deviation)};

  void check() const;
  static DistanceBuckets for_heads(const HeadSizes& sizes) { return {.heads = sizes.heads}; }
  void add_to(AttentionOptions& options, DType /*dtype*/) const;
  template <class Attention>
  void operator()(AttentionInputs& inputs, const Pass&, const Attention&) const {
    add_to(inputs.options, inputs.query.dtype());
  }
};

/// Learned vectors for each distance up to `farthest` to either side, the same for all heads, that are added to keys
/// and values.  keys: [2 farthest + 1, 1, key_width], values: [2 farthest + 1, 1, value_width]. Shaw et al. 2018,
/// arXiv:1803.02155, section 3.
struct ShawDistances {
  Size key_width, value_width = key_width, farthest = 16;
  float deviation = 0.02f;
  Parameter keys{{2 * farthest + 1, 1, key_width}, normal_with(deviation)},
      values{{2 * farthest + 1, 1, value_width}, normal_with(deviation)};

  void check() const;
  static ShawDistances for_heads(const HeadSizes& sizes) {
    return {.key_width = sizes.key_width, .value_width = sizes.value_width};
  }
  void add_to(AttentionOptions& options, DType /*dtype*/) const;
  template <class Attention>
  void operator()(AttentionInputs& inputs, const Pass&, const Attention&) const {
    add_to(inputs.options, inputs.query.dtype());
  }
};

/// Scores whose second part is by distance alone: with the waves R[d] of distance d ([width], as in
/// SinusoidalPositions, for negative d too) and per head the projection W and the vectors u and v,
///   score[i, j] = scale ((q[i] + u) . k[j] + (q[i] + v) . W R[d])
/// projection.weight: [heads key_width, width], u = content_bias, v = position_bias: [heads, key_width]. Dai et al.
/// 2019, arXiv:1901.02860, section 3.3.
struct TransformerXlDistances {
  Size width, heads, key_width;
  float deviation = 0.02f;
  Linear projection = Linear{.in = width, .out = heads * key_width, .biased = false};
  Parameter content_bias{{heads, key_width}, normal_with(deviation)},
      position_bias{{heads, key_width}, normal_with(deviation)};

  /// q + u, as the query of an attention whose options add_to was called with.
  Tensor queries(const Tensor& query) const;
  /// Makes the options' bias and relative keys those of this layer. scale: of the attention's scores.
  void add_to(AttentionOptions& options, double scale) const;
  void check() const;
  static TransformerXlDistances for_heads(const HeadSizes& sizes) {
    return {.width = sizes.width, .heads = sizes.heads, .key_width = sizes.key_width};
  }
  /// Scores are scaled by the options' scale, or by 1 / sqrt(key_width) if they have none.
  void change(AttentionInputs& inputs) const;
  template <class Attention>
  void operator()(AttentionInputs& inputs, const Pass&, const Attention&) const {
    change(inputs);
  }
};

}  // namespace heed::nn
