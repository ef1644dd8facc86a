// Pairs of adjacent symbols, which byte pair encoding merges.
#pragma once

#include <compare>
#include <cstdint>

namespace heed::text {

/// Number of occurrences.
using Count = std::int64_t;

/// Two neighbouring symbols.
struct Pair {
  /// The two symbols.
  std::int32_t left, right;
  friend auto operator<=>(const Pair&, const Pair&) = default;
};

}  // namespace heed::text
