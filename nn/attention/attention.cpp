#include "attention.h"

#include "../../graph/fail.h"

namespace heed::nn {

void detail::wrong_gate(AnyLayer layer, Size out) {
  fail("{}: gate.out is {}, but it must be heads * value_width", describe(layer), out.value);
}

Tensor CrossAttention::operator()(const Tensor& x, const Pass& pass) const {
  expect_usable(*this);
  Tensor queries = split_heads(query(x), heads);
  if (query_norm) queries = (*query_norm)(queries);
  tap(*this, "query", queries);
  AttentionOptions options = pass.memory_options;
  if (!options.scale) options.scale = scale;
  if (mode.training && !pass.cache) options.dropout = dropout;
  const auto key_and_value = [&](const Tensor& states) {
    Tensor keys = split_heads(key(states), key_heads);
    if (key_norm) keys = (*key_norm)(keys);
    tap(*this, "key", keys);
    return std::pair(keys, split_heads(value(states), key_heads));
  };
  return detail::project_heads(*this, x, pass.attend_memory(queries, key_and_value, options));
}

void CrossAttention::check() const {
  detail::expect_heads(*this);
  expect_at_least(*this, 0, memory_width);
}

}  // namespace heed::nn
