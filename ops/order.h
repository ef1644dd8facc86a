// For the library's own ops: the one order by which elements are sorted and searched.
#pragma once

#include <cstdint>

namespace heed {

/// Whether a comes before b in ascending order. NaN comes after all numbers.
template <class T>
bool comes_before(T a, T b) {
  return a < b || (a == a && b != b);
}

/// An element and its number. Elements that are equal are in the order of their numbers, so that every algorithm that
/// sorts gives the same.
template <class T>
struct Numbered {
  T value;
  std::int64_t number;
};

template <class T>
bool ascends(const Numbered<T>& a, const Numbered<T>& b) {
  return comes_before(a.value, b.value) || (!comes_before(b.value, a.value) && a.number < b.number);
}
template <class T>
bool descends(const Numbered<T>& a, const Numbered<T>& b) {
  return comes_before(b.value, a.value) || (!comes_before(a.value, b.value) && a.number < b.number);
}

}  // namespace heed
