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

}  // namespace heed::nn
