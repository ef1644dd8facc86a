// Key-value cache for autoregressive decoding.
#pragma once

#include <span>
#include <vector>

#include "../../ops/attention/cached_attention.h"

namespace heed::nn {

/// Keys and values of the previous tokens of each row of a batch; the lengths of rows may differ. Each row has its own
/// buffer, whose capacity doubles when it is full, so that a token is copied less than twice on average. Copies of the
/// cache or of rows share buffers until one of them grows.
class KeyValueCache {
 public:
  KeyValueCache() = default;
  /// Cache of empty rows.
  explicit KeyValueCache(std::int64_t rows);

  /// Appends to each row the tokens of its sequence:  key [tokens, key_heads, key_width], value
  /// [tokens, key_heads, value_width].
  void append(const Tensor& key, const Tensor& value, const Sequences& sequences);

  /// Replaces row i by the previous row rows[i]. Throws Error if an index is out of range.
  void select(std::span<const std::int64_t> rows);
  /// Truncates row i to lengths[i] tokens.
  void truncate(std::span<const std::int64_t> lengths);

  /// Number of rows.
  std::int64_t count() const { return static_cast<std::int64_t>(rows_.size()); }
  /// Keys and values of each row.
  std::span<const KeysAndValues> rows() const { return rows_; }

 private:
  std::vector<KeysAndValues> rows_;
};

}  // namespace heed::nn
