// What a transformer keeps while it writes token by token, so that each token is computed once.
#pragma once

#include <span>
#include <vector>

#include "../ops/cached_attention.h"

namespace heed::nn {

/// Keys and values of the tokens so far, for each row of a batch; rows may be of unlike length. Each row has memory of
/// its own, which is doubled when it is full, so that a token is copied less than twice on the average. Copies, of the
/// whole or of rows, share their memory until one of them grows.
class KeyValueCache {
 public:
  KeyValueCache() = default;
  explicit KeyValueCache(std::int64_t rows);

  /// Adds to each row the tokens that its sequence has:  key [tokens, key_heads, key_width], value
  /// [tokens, key_heads, value_width].
  void append(const Tensor& key, const Tensor& value, const Sequences& sequences);

  /// Row i becomes what row rows[i] was. Throws Error if there is none.
  void select(std::span<const std::int64_t> rows);
  /// Forgets what each row has beyond so many tokens: one length for each row.
  void shorten(std::span<const std::int64_t> lengths);

  std::int64_t count() const { return static_cast<std::int64_t>(rows_.size()); }
  std::span<const KeysAndValues> rows() const { return rows_; }

 private:
  std::vector<KeysAndValues> rows_;
};

/// Where a batch of texts that a transformer writes stands: how long each row is, and for each layer the keys and
/// values of its own tokens and of the memory that it reads (without rows in a decoder-only model).
struct DecoderState {
  struct Layer {
    KeyValueCache tokens, memory;
  };

  std::vector<std::int64_t> lengths;  // of the rows
  std::vector<Layer> layers;

  /// Throws Error if a number is negative, or more than there can be.
  DecoderState(std::int64_t rows, std::int64_t depth);

  std::int64_t rows() const { return static_cast<std::int64_t>(lengths.size()); }
  /// Row i becomes what row rows[i] was: int64 [new rows]. Rows may be left out, repeated and put in any order.
  void select(const Tensor& rows);

  /// Throws Error unless each layer's caches have as many rows as there are lengths, and their tokens these lengths.
  void check() const;
  /// Throws Error unless each row has a memory that the layers read, or has none: else it is another model's state.
  void expect_memory(bool has_memory) const;
  /// For a model's next: where the new tokens stand in their rows, int64 [tokens]. Throws Error unless each row has a
  /// new token, and the state is whole.
  Tensor positions(const Tensor& tokens, const Sequences& sequences) const;
  /// The length of the longest row with the new tokens.
  std::int64_t longest(const Sequences& sequences) const;
  /// When the layers have taken the new tokens.
  void advance(const Sequences& sequences);
  /// Forgets what layers have taken since the last advance: after an Error in one of them.
  void forget_unfinished();
};

namespace detail {
/// compute(), in which layers take new tokens. If it throws, the state is what it was before.
template <class Compute>
Tensor take_tokens(DecoderState& state, const Compute& compute) {
  try {
    return compute();
  } catch (...) {
    state.forget_unfinished();
    throw;
  }
}
}  // namespace detail

}  // namespace heed::nn
