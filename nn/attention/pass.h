// Arguments of the layers of a sequence model in addition to x, in a pass over whole sequences or in a decoding step.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "../../graph/ambient.h"
#include "../../ops/attention/attention.h"
#include "decoding_cache.h"

namespace heed::nn {

/// Context of a forward pass over a ragged batch x, [tokens, width]: over whole sequences or, with a cache, over the
/// new tokens of each row. A layer that mixes tokens is called as layer(x, pass); the same code handles both:
///   struct MultiQueryAttention {
///     Size width, heads;
///     nn::Linear query = nn::Linear{.in = width, .out = width}, ...;
///     Tensor operator()(const Tensor& x, const nn::Pass& pass) const {
///       const Tensor q = split_heads(query(x), heads), k = split_heads(key(x), 1), v = split_heads(value(x), 1);
///       return output(flatten(pass.attend(q, k, v, pass.options), 1));
///     }
///   };
/// Converts from Sequences, so that layer(x, sequences) is a pass over whole sequences.
struct Pass {
  Sequences sequences;                   // sequences of the tokens of x
  AttentionOptions options = {};         // for self-attention: mask, biases
  std::optional<Memory> memory{};        // for cross-attention; in decoding it is set in the first step alone
  AttentionOptions memory_options = {};  // for cross-attention
  Tensor positions;                      // position of each token in its sequence, int64 [tokens]
  DecodingCache* cache = nullptr;        // state of the previous tokens, in a decoding step

  /// Pass over whole sequences.
  Pass(Sequences whole_sequences, AttentionOptions attention_options = {}, std::optional<Memory> cross_memory = {});
  /// Decoding step over new tokens of each row. Use run_decoding_step, which also ends the step.
  Pass(DecodingCache& decoding_cache, const Sequences& new_tokens, AttentionOptions attention_options = {});

  /// Self-attention (ops/attention/attention.h) within each sequence; in a decoding step, of the new tokens to all
  /// tokens so far.
  ///   query [tokens, heads, key_width], key [tokens, key_heads, key_width], value [tokens, key_heads, value_width]
  ///   ->  [tokens, heads, value_width]
  Tensor attend(const Tensor& query, const Tensor& key, const Tensor& value, const AttentionOptions& attention) const;

  /// Cross-attention to the memory. make_key_and_value(states) returns the pair of keys and values of the memory; in
  /// decoding it is called in the first step alone.  query [tokens, heads, key_width]  ->  [tokens, heads, value_width]
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

  /// Returns x, [tokens, ...], and in a decoding step also the rows of previous steps, with their sequences. For
  /// attention composed of ops.
  std::pair<Tensor, Sequences> with_past(const Tensor& x) const;

  /// Returns a layer's own state in a decoding step, created by make() in the first step; null in a pass over whole
  /// sequences.
  ///   const auto make = [&] { return nn::RowState{zeros({pass.sequences.count(), width})}; };
  ///   if (auto* state = pass.state<nn::RowState>(make)) ...
  template <RowsState State, class Make>
  State* state(const Make& make) const {
    return cache ? &cache->slot<State>(make) : nullptr;
  }

 private:
  const Memory& expect_memory() const;
};

/// Layers called as layer(x, pass), which mix tokens, and layers called as layer(x).
template <class Layer>
concept CalledWithPass = std::is_invocable_r_v<Tensor, const Layer&, const Tensor&, const Pass&>;
template <class Layer>
concept CalledWithTensor = std::is_invocable_r_v<Tensor, const Layer&, const Tensor&>;

/// Runs a decoding step: calls function(pass) for new tokens of each row, and ends the step. No graph is recorded. If
/// function throws, the cache is restored.
template <class Function>
Tensor run_decoding_step(DecodingCache& cache, const Sequences& new_tokens, const AttentionOptions& options,
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
