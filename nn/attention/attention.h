// Multi-head self-attention and cross-attention.
#pragma once

#include <cmath>

#include "../../ops/math/activations.h"
#include "../fields/repeat.h"
#include "../fields/taps.h"
#include "../layers/linear.h"
#include "../layers/norm.h"
#include "../positions/relative_positions.h"
#include "attention_inputs.h"

namespace heed::nn {
namespace detail {
/// Width of one head; 0 if heads is 0, which check() reports when the layer is called.
inline std::int64_t per_head(const Size& width, const Size& heads) { return heads > 0 ? width / heads : 0; }

inline double score_scale(const Size& key_width) {
  return key_width > 0 ? 1 / std::sqrt(static_cast<double>(key_width.value)) : 1.0;
}

[[noreturn, gnu::cold]] void wrong_gate(AnyLayer layer, Size out);

/// Throws Error unless the numbers of heads divide width and each other, and the gate's output has heads * value_width.
template <fields::Layer Attention>
void expect_heads(const Attention& layer) {
  expect_at_least(layer, 0, layer.width, layer.key_width, layer.value_width);
  expect_at_least(layer, 1, layer.heads, layer.key_heads);
  if (layer.key_width == per_head(layer.width, layer.heads))  // the default
    expect_divides(layer, layer.heads, layer.width);
  expect_divides(layer, layer.key_heads, layer.heads);
  if (layer.gate && layer.gate->out != layer.heads * layer.value_width) wrong_gate(layer, layer.gate->out);
}

/// Output projection of the heads' outputs, gated by x if the layer is gated:  mixed: [tokens, heads, value_width] ->
/// [tokens, width].
template <class Attention>
Tensor project_heads(const Attention& layer, const Tensor& x, const Tensor& mixed) {
  const Tensor y = join_heads(mixed);
  return layer.output(layer.gate ? sigmoid((*layer.gate)(x)) * y : y);
}
}  // namespace detail

/// Multi-head self-attention. Head h averages the values of a sequence, weighted by the softmax of query-key products:
///   y = [head_1 ... head_H] W_o,  head_h = softmax(scale q_h k_g^T) v_g,  g = h / (heads / key_heads),
///   q = x W_q, k = x W_k, v = x W_v;   scale = 1 / sqrt(key_width) unless given
/// x, y: [tokens, width], W_q = query: [heads key_width, width], W_k = key: [key_heads key_width, width], W_v = value:
/// [key_heads value_width, width], W_o = output: [width, heads value_width]. With key_heads = 1 all query heads share
/// one head of keys and values (multi-query); with 1 < key_heads < heads, groups of query heads do (grouped-query). In
/// training, attention weights are dropped with probability `dropout`. With a window n > 0, tokens attend only to keys
/// at a distance of less than n (sliding window). `positions` is the positional encoding inside the attention
/// (relative_positions.h, attention_inputs.h):
///   nn::MultiHeadAttention<nn::Rotary>{.width = 64, .heads = 4}
///   nn::MultiHeadAttention<nn::ClippedDistances>{.width = 64, .heads = 4, .positions = {.heads = 4}}
/// The final q and k are tapped as "query" [tokens, heads, key_width] and "key" [tokens, key_heads, key_width]. With
/// query_key_norm, each head's queries and keys are first normalised by an RmsNorm over key_width, shared by the heads:
/// Henry et al. 2020, arXiv:2010.04245, as in Dehghani et al. 2023, arXiv:2302.05442, section 2. Gated, y = (sigmoid(x
/// W_g) * [head_1 ... head_H]) W_o, W_g = gate: [heads value_width, width]: Qiu et al. 2025, arXiv:2505.06708, section
/// 2.2. Vaswani et al. 2017, arXiv:1706.03762, section 3.2; Shazeer 2019, arXiv:1911.02150 (multi-query); Ainslie et
/// al. 2023, arXiv:2305.13245 (grouped).
template <class Positions = NoPositions>
struct MultiHeadAttention {
  Size width, heads;
  float dropout = 0;
  Size key_heads = heads, key_width = detail::per_head(width, heads), value_width = key_width, window = 0;
  double scale = detail::score_scale(key_width);
  bool biased = true, query_key_norm = false, gated = false;
  Linear query = Linear{.in = width, .out = heads * key_width, .biased = biased};
  Linear key = Linear{.in = width, .out = key_heads * key_width, .biased = biased};
  Linear value = Linear{.in = width, .out = key_heads * value_width, .biased = biased};
  Linear output = Linear{.in = heads * value_width, .out = width, .biased = biased};
  Positions positions = for_heads<Positions>({width, heads, key_width, value_width});
  std::optional<RmsNorm> query_norm = when(query_key_norm, [&] { return RmsNorm{.width = key_width}; }),
                         key_norm = when(query_key_norm, [&] { return RmsNorm{.width = key_width}; });
  std::optional<Linear> gate =
      when(gated, [&] { return Linear{.in = width, .out = heads * value_width, .biased = biased}; });
  Mode mode{};
  static constexpr auto output_projection = &MultiHeadAttention::output;
  static constexpr auto branch_weights = std::tuple(&MultiHeadAttention::value, &MultiHeadAttention::output);

  Tensor operator()(const Tensor& x, const Pass& pass) const {
    expect_usable(*this);
    AttentionInputs inputs{split_heads(query(x), heads), split_heads(key(x), key_heads),
                           split_heads(value(x), key_heads), pass.options};
    if (query_norm) inputs.query = (*query_norm)(inputs.query);
    if (key_norm) inputs.key = (*key_norm)(inputs.key);
    if (!inputs.options.scale) inputs.options.scale = scale;
    if (window > 0) inputs.options.mask = inputs.options.mask & heed::window(window);
    if (mode.training && !pass.cache) inputs.options.dropout = dropout;
    positions(inputs, pass, *this);
    tap(*this, "query", inputs.query);
    tap(*this, "key", inputs.key);
    return detail::project_heads(*this, x, pass.attend(inputs.query, inputs.key, inputs.value, inputs.options));
  }

  void check() const {
    detail::expect_heads(*this);
    expect_at_least(*this, 0, window);
  }
};

/// Multi-head cross-attention to the memory of a pass (Memory), such as an encoder's output. It is MultiHeadAttention
/// with keys and values projected from memory.states, [memory tokens, memory_width]; a token of sequence s attends to
/// sequence s of the memory. There is no mask unless pass.memory_options have one.
///   Tensor y = cross_attention(x, nn::Pass(sequences, {}, nn::Memory{states, memory_sequences}));
struct CrossAttention {
  Size width, heads;
  float dropout = 0;
  Size key_heads = heads, key_width = detail::per_head(width, heads), value_width = key_width, memory_width = width;
  double scale = detail::score_scale(key_width);
  bool biased = true, query_key_norm = false, gated = false;
  Linear query = Linear{.in = width, .out = heads * key_width, .biased = biased};
  Linear key = Linear{.in = memory_width, .out = key_heads * key_width, .biased = biased};
  Linear value = Linear{.in = memory_width, .out = key_heads * value_width, .biased = biased};
  Linear output = Linear{.in = heads * value_width, .out = width, .biased = biased};
  std::optional<RmsNorm> query_norm = when(query_key_norm, [&] { return RmsNorm{.width = key_width}; }),
                         key_norm = when(query_key_norm, [&] { return RmsNorm{.width = key_width}; });
  std::optional<Linear> gate =
      when(gated, [&] { return Linear{.in = width, .out = heads * value_width, .biased = biased}; });
  Mode mode{};
  static constexpr auto output_projection = &CrossAttention::output;
  static constexpr auto branch_weights = std::tuple(&CrossAttention::value, &CrossAttention::output);

  Tensor operator()(const Tensor& x, const Pass& pass) const;
  void check() const;
};

}  // namespace heed::nn
