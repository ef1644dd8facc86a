// Inputs of an attention layer, which its positions change.
#pragma once

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

/// No positions inside attention.
struct NoPositions {
  template <class Attention>
  void operator()(AttentionInputs&, const Pass&, const Attention&) const {}
};

}  // namespace heed::nn
