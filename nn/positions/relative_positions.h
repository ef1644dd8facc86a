// Positional encodings inside attention: rotary and relative positions. They are types for the field `positions` of
// MultiHeadAttention; those with add_to also for that of a Stack, shared by its layers.
#pragma once

#include <cmath>

#include "../../ops/attention/attention.h"
#include "../../ops/attention/rotary.h"
#include "../../ops/math/arithmetic.h"
#include "../attention/attention_inputs.h"
#include "../fields/expect.h"
#include "../fields/given.h"
#include "../fields/init.h"
#include "../fields/parameter.h"
#include "../layers/linear.h"

namespace heed::nn {

/// Scaling of rotary frequencies, to extend the context beyond the training length, each with the defaults of its paper
/// (ops/attention/rotary_frequencies.h): none, linear (LinearScaling), ntk (NtkScaling), yarn (YarnScaling), llama3
/// (Llama3Scaling), xpos (XposScaling), where query-key products also decay with the distance.
enum class RotaryScaling { none, linear, ntk, yarn, llama3, xpos };

/// Rotary position embedding (RoPE): rotates the first `width` features of each head of queries and keys by angles
/// proportional to their positions (ops/attention/rotary.h).
///   x, y: [tokens, heads, at least width], positions: int64 [tokens]
/// base: of the frequencies; pairs: which features are rotated together; scaling: of the frequencies; factor is used by
/// the scalings linear, ntk, yarn and llama3; trained_length by yarn and llama3.
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
  /// Rotates queries and keys.
  void turn(AttentionInputs& inputs, const Tensor& positions) const;
  template <class Attention>
  void operator()(AttentionInputs& inputs, const Pass& pass, const Attention&) const {
    turn(inputs, pass.positions);
  }
};

/// ALiBi: a bias linear in the distance, with fixed slopes that depend on the number of heads: heed::alibi. Press et
/// al. 2022, arXiv:2108.12409, section 3.
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

/// ALiBi with learned slopes, initialised by heed::alibi_slopes. slopes: [heads]
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

/// Learned relative position bias for each head and distance, with distances clipped to `max_distance` on either side:
/// heed::clipped_distances.  table: [2 max_distance + 1, heads]
struct ClippedDistances {
  Size heads, max_distance = 128;
  float stddev = 0.02f;
  Parameter table{{2 * max_distance + 1, heads}, normal_with(stddev)};

  void check() const;
  static ClippedDistances for_heads(const HeadSizes& sizes) { return {.heads = sizes.heads}; }
  void add_to(AttentionOptions& options, DType /*dtype*/) const;
  template <class Attention>
  void operator()(AttentionInputs& inputs, const Pass&, const Attention&) const {
    add_to(inputs.options, inputs.query.dtype());
  }
};

/// T5's relative position bias, learned for each head and bucket of distances; the width of buckets grows with the
/// distance: heed::bucketed_distances, with its max_distance and sides.  table: [buckets, heads]. In T5 all layers
/// share one table: the Stack's
/// `.positions`. Raffel et al. 2020, arXiv:1910.10683, section 2.1.
struct DistanceBuckets {
  Size heads, buckets = 32, max_distance = 128;
  BucketSides sides = BucketSides::both;
  float stddev = 0.02f;
  Parameter table{{buckets, heads}, normal_with(stddev)};

  void check() const;
  static DistanceBuckets for_heads(const HeadSizes& sizes) { return {.heads = sizes.heads}; }
  void add_to(AttentionOptions& options, DType /*dtype*/) const;
  template <class Attention>
  void operator()(AttentionInputs& inputs, const Pass&, const Attention&) const {
    add_to(inputs.options, inputs.query.dtype());
  }
};

/// Relative position representations: a learned vector for each distance, clipped to `max_distance` on either side and
/// shared by all heads, is added to keys and to values.  keys: [2 max_distance + 1, 1, key_width], values: [2
/// max_distance + 1, 1, value_width]. Shaw et al. 2018, arXiv:1803.02155, section 3.
struct ShawDistances {
  Size key_width, value_width = key_width, max_distance = 16;
  float stddev = 0.02f;
  Parameter keys{{2 * max_distance + 1, 1, key_width}, normal_with(stddev)},
      values{{2 * max_distance + 1, 1, value_width}, normal_with(stddev)};

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

/// Transformer-XL's relative positions: with the sinusoids R[d] of distance d ([width], as in SinusoidalPositions, for
/// negative d too) and per head the projection W and the vectors u and v,
///   score[i, j] = scale ((q[i] + u) . k[j] + (q[i] + v) . W R[d])
/// projection.weight: [heads key_width, width], u = content_bias, v = position_bias: [heads, key_width]. Dai et al.
/// 2019, arXiv:1901.02860, section 3.3.
struct TransformerXlDistances {
  Size width, heads, key_width;
  float stddev = 0.02f;
  Linear projection = Linear{.in = width, .out = heads * key_width, .biased = false};
  Parameter content_bias{{heads, key_width}, normal_with(stddev)},
      position_bias{{heads, key_width}, normal_with(stddev)};

  /// Returns q + u, the query of an attention to whose options add_to was applied.
  Tensor queries(const Tensor& query) const;
  /// Adds this layer's bias and relative keys to the options. scale: the attention's scale of the scores.
  void add_to(AttentionOptions& options, double scale) const;
  void check() const;
  static TransformerXlDistances for_heads(const HeadSizes& sizes) {
    return {.width = sizes.width, .heads = sizes.heads, .key_width = sizes.key_width};
  }
  /// Modifies query and options. Scores are scaled by the options' scale, or by 1 / sqrt(key_width) if they have none.
  void change(AttentionInputs& inputs) const;
  template <class Attention>
  void operator()(AttentionInputs& inputs, const Pass&, const Attention&) const {
    change(inputs);
  }
};

}  // namespace heed::nn
