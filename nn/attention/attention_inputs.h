// Queries, keys, values and options inside an attention layer, as modified by its positional encoding.
#pragma once

#include "../../ops/shape/view.h"
#include "../fields/given.h"
#include "pass.h"

namespace heed::nn {

/// Inputs of an attention, split by head: query [tokens, heads, key_width], key [tokens, key_heads, key_width], value
/// [tokens, key_heads, value_width], and its options. A positional encoding is a struct whose call operator
///   void operator()(AttentionInputs& inputs, const Pass& pass, const Attention& attention) const
/// modifies them: it rotates queries and keys by their positions (pass.positions), adds a bias by distance, or uses the
/// projections and sizes of the attention layer. It is the field `positions` of the attention layer.
struct AttentionInputs {
  Tensor query, key, value;
  AttentionOptions options;
};

/// Splits the last axis into heads:  x: [tokens, heads * width]  ->  [tokens, heads, width]
inline Tensor split_heads(const Tensor& x, const Size& heads) {
  return reshape(x, {x.size(0), heads, x.size(1) / heads});
}
/// Concatenates the heads along the last axis:  x: [tokens, heads, width]  ->  [tokens, heads * width]
inline Tensor join_heads(const Tensor& x) { return reshape(x, {x.size(0), x.size(1) * x.size(2)}); }

/// No positional encoding, neither inside attention nor added to embeddings.
struct NoPositions {
  template <class Attention>
  void operator()(AttentionInputs&, const Pass&, const Attention&) const {}
  void add_to(AttentionOptions&, DType) const {}
  Tensor operator()(const Tensor& x, const Tensor& /*positions*/) const { return x; }
};

}  // namespace heed::nn
