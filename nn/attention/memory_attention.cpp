#include "memory_attention.h"

namespace heed::nn {

Tensor AdditiveAttention::keys(const Tensor& memory) const { return key(memory); }

Tensor AdditiveAttention::attend(const Tensor& states, const Tensor& keys_of_memory, const Tensor& memory,
                                 const Sequences& sequences, const Sequences& memory_sequences) const {
  expect_usable(*this);
  return detail::mix_memory(*this,
                            pair_additive(query(states), keys_of_memory, score_weight, sequences, memory_sequences),
                            memory, sequences, memory_sequences);
}

Tensor AdditiveAttention::operator()(const Tensor& states, const Tensor& memory, const Sequences& sequences,
                                     const Sequences& memory_sequences) const {
  return attend(states, keys(memory), memory, sequences, memory_sequences);
}

Tensor DotAttention::keys(const Tensor& memory) const { return memory; }

Tensor DotAttention::attend(const Tensor& states, const Tensor& keys_of_memory, const Tensor& memory,
                            const Sequences& sequences, const Sequences& memory_sequences) const {
  expect_usable(*this);
  return detail::mix_memory(*this, pair_dot(states, keys_of_memory, sequences, memory_sequences), memory, sequences,
                            memory_sequences);
}

Tensor DotAttention::operator()(const Tensor& states, const Tensor& memory, const Sequences& sequences,
                                const Sequences& memory_sequences) const {
  return attend(states, keys(memory), memory, sequences, memory_sequences);
}

void DotAttention::check() const { expect_at_least(*this, 0, width); }

Tensor GeneralAttention::keys(const Tensor& memory) const { return key(memory); }

Tensor GeneralAttention::attend(const Tensor& states, const Tensor& keys_of_memory, const Tensor& memory,
                                const Sequences& sequences, const Sequences& memory_sequences) const {
  return detail::mix_memory(*this, pair_dot(states, keys_of_memory, sequences, memory_sequences), memory, sequences,
                            memory_sequences);
}

Tensor GeneralAttention::operator()(const Tensor& states, const Tensor& memory, const Sequences& sequences,
                                    const Sequences& memory_sequences) const {
  return attend(states, keys(memory), memory, sequences, memory_sequences);
}

Tensor ConcatAttention::keys(const Tensor& memory) const {
  expect_usable(*this);
  return linear(memory, slice(weight, 1, width, width + memory_width));
}

Tensor ConcatAttention::attend(const Tensor& states, const Tensor& keys_of_memory, const Tensor& memory,
                               const Sequences& sequences, const Sequences& memory_sequences) const {
  expect_usable(*this);
  const Tensor queries = linear(states, slice(weight, 1, 0, width));
  return detail::mix_memory(*this, pair_additive(queries, keys_of_memory, score_weight, sequences, memory_sequences),
                            memory, sequences, memory_sequences);
}

Tensor ConcatAttention::operator()(const Tensor& states, const Tensor& memory, const Sequences& sequences,
                                   const Sequences& memory_sequences) const {
  return attend(states, keys(memory), memory, sequences, memory_sequences);
}

void ConcatAttention::check() const { expect_at_least(*this, 0, width, memory_width); }

}  // namespace heed::nn
