// Internal: the order of elements in sorting and searching. NaN comes after all numbers.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace heed::detail {

/// Returns true if a comes before b in ascending order.
template <class T>
bool comes_before(T a, T b) {
  return a < b || (a == a && b != b);
}

/// Returns an unsigned integer key in the order of the elements, equal for equal elements, for -0 and 0, and for all
/// NaNs. The complement ~key has the descending order.
template <class T>
auto sort_key(T x) {
  if constexpr (std::is_same_v<T, bool>) {
    return std::uint32_t{x};
  } else if constexpr (std::is_integral_v<T>) {
    using Key = std::make_unsigned_t<T>;
    return static_cast<Key>(static_cast<Key>(x) ^ Key{1} << (8 * sizeof(Key) - 1));
  } else if constexpr (std::is_floating_point_v<T>) {
    using Key = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    constexpr Key sign = Key{1} << (8 * sizeof(Key) - 1);
    if (x != x) return static_cast<Key>(~Key{0});
    const Key bits = std::bit_cast<Key>(x + T{0});  // -0 becomes 0
    return bits & sign ? static_cast<Key>(~bits) : static_cast<Key>(bits | sign);
  } else {
    return sort_key(static_cast<float>(x));  // of 16 bits
  }
}

/// Key and index of an element. Among equal keys the smaller index comes first, so every sorting algorithm gives the
/// same result.
template <class Key>
struct Numbered {
  Key key;
  std::int64_t number;
  friend bool operator<(const Numbered& a, const Numbered& b) {
    return a.key < b.key || (a.key == b.key && a.number < b.number);
  }
};

/// Sorts items whose numbers are in ascending order; `spare` has the same length. Short spans are sorted by comparison,
/// others by radix sort with digits of 8 bits, least significant first. Each pass is stable, and skipped if all keys
/// have the same digit.
template <class Key>
void sort_numbered(std::span<Numbered<Key>> items, std::span<Numbered<Key>> spare) {
  constexpr std::size_t digits = sizeof(Key), short_row = 128;
  if (items.size() < short_row) return std::sort(items.begin(), items.end());
  const auto digit = [](Key key, std::size_t d) { return static_cast<std::size_t>(key >> (8 * d) & 255); };
  std::size_t counts[digits][256] = {};
  for (const auto& item : items)
    for (std::size_t d = 0; d < digits; ++d) ++counts[d][digit(item.key, d)];
  const std::span<Numbered<Key>> result = items;
  for (std::size_t d = 0; d < digits; ++d) {
    if (counts[d][digit(items[0].key, d)] == items.size()) continue;
    std::size_t begin = 0;
    for (std::size_t& count : counts[d]) begin += std::exchange(count, begin);
    for (const auto& item : items) spare[counts[d][digit(item.key, d)]++] = item;
    std::swap(items, spare);
  }
  if (items.data() != result.data()) std::copy(items.begin(), items.end(), result.begin());
}

}  // namespace heed::detail
