// For the library's own ops: the one order by which elements are sorted and searched. NaN comes after all numbers.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

namespace heed {

/// Whether a comes before b in ascending order.
template <class T>
bool comes_before(T a, T b) {
  return a < b || (a == a && b != b);
}

/// An unsigned integer whose order is that of the elements: equal for equal ones, -0 and 0 and all NaNs included. Its
/// complement ~key has the descending order.
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

/// The key of an element, and its number: among equal keys the smaller number comes first, so that every algorithm that
/// sorts gives the same.
template <class Key>
struct Numbered {
  Key key;
  std::int64_t number;
  friend bool operator<(const Numbered& a, const Numbered& b) {
    return a.key < b.key || (a.key == b.key && a.number < b.number);
  }
};

/// Sorts items that are numbered in ascending order; `spare` is as long. Short ones by comparison, others by their
/// digits of 8 bits, the last first: each pass is stable, and left out where all have one digit.
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

}  // namespace heed
