// Inputs of an attention layer, which its positions change.
#pragma once

#include "../ops/view.h"
#include "given.h"
#include "pass.h"

namespace heed::nn {

/// The inputs of an attention, by head: query [tokens, heads, key_width], key [tokens, key_heads, key_width], value
/// [tokens, key_heads, value_width], and its options. A kind of position is a struct whose call
///   void operator()(AttentionInputs& inputs, const Pass& pass, const Attention& attention) const
/// changes them: turns queries and keys by their places (pass.positions), adds a bias by distance, or uses the
/// projections and sizes of the attention layer. It stands in the attention's field `positions`.
struct AttentionInputs {
  Tensor query, key, value;
  AttentionOptions options;
};

/// Splits the last axis by heads:  x: [tokens, heads * width]  ->  [tokens, heads, width]
inline Tensor split_heads(const Tensor& x, const Size& heads) {
  return reshape(x, {x.size(0), heads, x.size(1) / heads});
}
/// Joins heads side by side:  x: [tokens, heads, width]  ->  [tokens, heads * width]
inline Tensor join_heads(const Tensor& x) { return reshape(x, {x.size(0), x.size(1) * x.size(2)}); }

/// No positions: neither inside attention nor added to embeddings.
struct NoPositions {
  template <class Attention>
  void operator()(AttentionInputs&, const Pass&, const Attention&) const {}
  void add_to(AttentionOptions&, DType) const {}
  Tensor operator()(const Tensor& x, const Tensor& /*positions*/) const { return x; }
};

}  // namespace heed::nn
