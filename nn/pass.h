// Arguments of the layers of a sequence model beside x, in a pass over whole sequences or in a step.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "../graph/ambient.h"
#include "../ops/attention.h"
#include "decoding_cache.h"

namespace heed::nn {

/// A pass over a ragged batch x, [tokens, width]: over whole sequences or, with a cache, over the new tokens of each
/// row. A layer that mixes tokens is called as layer(x, pass), and one body serves both:
///   struct MultiQueryAttention {
///     Size width, heads;
///     nn::Linear query = nn::Linear{.in = width, .out = width}, ...;
///     Tensor operator()(const Tensor& x, const nn::Pass& pass) const {
///       const Tensor y = pass.attend(split_heads(query(x), heads), split_heads(key(x), 1), split_heads(value(x), 1),
///       pass.options); return output(flatten(y, 1));
///     }
///   };
/// Converts from Sequences, so that layer(x, sequences) is a pass over whole sequences.
struct Pass {
  Sequences sequences;                   // of the tokens of x
  AttentionOptions options = {};         // of self-attention: mask, biases
  std::optional<Memory> memory{};        // what cross-attention reads; with a cache it is there in the first step alone
  AttentionOptions memory_options = {};  // of cross-attention
  Tensor positions;                      // place of each token in its sequence, int64 [tokens]
  DecodingCache* cache = nullptr;        // the tokens before, in a step

  /// Over whole sequences.
  Pass(Sequences of_tokens, AttentionOptions of_attention = {}, std::optional<Memory> to_read = {});
  /// The next step of the cache: new tokens of each row. Use decoding_step, which also ends the step.
  Pass(DecodingCache& tokens_before, const Sequences& new_tokens, AttentionOptions of_attention = {});

  /// Self-attention (ops/attention.h): within each sequence, or of new tokens to those before and themselves.
  ///   query [tokens, heads, key_width], key [tokens, key_heads, key_width], value [tokens, key_heads, value_width]
  ///   ->  [tokens, heads, value_width]
  Tensor attend(const Tensor& query, const Tensor& key, const Tensor& value, const AttentionOptions& attention) const;

  /// Cross-attention to the memory. make_key_and_value(states) returns the pair of key and value of the memory; with a
  /// cache it is called in the first step alone.  query [tokens, heads, key_width]  ->  [tokens, heads, value_width]
  template <class MakeKeyAndValue>
  Tensor attend_memory(const Tensor& query, const MakeKeyAndValue& make_key_and_value,
                       const AttentionOptions& attention = {}) const {
    if (!cache) {
      const auto [key, value] = make_key_and_value(expect_memory().states);
      return heed::attention(query, key, value, sequences, memory->sequences, attention);
    }
    const auto& of_memory = cache->slot<MemoryKeysAndValues>([&] {
      const auto [key, value] = make_key_and_value(expect_memory().states);
      MemoryKeysAndValues made{KeyValueCache(memory->sequences.count())};
      made.kept.append(key, value, memory->sequences);
      return made;
    });
    return cached_attention(query, of_memory.kept.rows(), sequences, attention);
  }

  /// Rows made for the tokens, and those made in the steps before, with the sequences that they form: for attention
  /// composed of ops.  x: [tokens, ...]
  std::pair<Tensor, Sequences> so_far(const Tensor& x) const;

  /// A layer's own state in a step, made by make() in the first one; null in a pass over whole sequences.
  ///   if (auto* state = pass.state<nn::RowState>([&] { return nn::RowState{zeros({pass.sequences.count(), width})};
  ///   }))
  template <RowsState State, class Make>
  State* state(const Make& make) const {
    return cache ? &cache->slot<State>(make) : nullptr;
  }

 private:
  const Memory& expect_memory() const;
};

/// Layers by how they are called: layer(x, pass), as those that mix tokens, or layer(x).
template <class Layer>
concept CalledWithPass = std::is_invocable_r_v<Tensor, const Layer&, const Tensor&, const Pass&>;
template <class Layer>
concept CalledWithTensor = std::is_invocable_r_v<Tensor, const Layer&, const Tensor&>;

/// Calls function(pass) with new tokens of each row, and ends the step: what a model's next does. Nothing is recorded.
/// If function throws, the cache is what it was before.
template <class Function>
Tensor decoding_step(DecodingCache& cache, const Sequences& new_tokens, const AttentionOptions& options,
                     const Function& function) {
  NoGrad scope;
  const Pass pass(cache, new_tokens, options);
  try {
    const Tensor result = function(pass);
    cache.finish_step();
    return result;
  } catch (...) {
    cache.cancel_step();
    throw;
  }
}

}  // namespace heed::nn
