// Vector that stores its first elements inline.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

#include "../memory.h"

namespace heed::detail {

/// Vector that stores up to `inline_capacity` elements inline, and more in the arena.
template <class T, std::size_t inline_capacity>
class SmallVector {
 public:
  SmallVector() {}
  SmallVector(const SmallVector&) = delete;
  SmallVector& operator=(const SmallVector&) = delete;
  SmallVector(SmallVector&& other) noexcept {
    for (T& element : other) push_back(std::move(element));
  }
  ~SmallVector() { clear(); }

  void push_back(T element) {
    if (size_ == capacity_) grow();
    new (elements_ + size_++) T(std::move(element));
  }
  void clear() noexcept {
    for (T& element : *this) element.~T();
    if (elements_ != place()) arena::free(elements_, capacity_ * sizeof(T));
    elements_ = place();
    capacity_ = inline_capacity;
    size_ = 0;
  }
  void pop_back() { elements_[--size_].~T(); }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return elements_[i]; }
  const T& operator[](std::size_t i) const { return elements_[i]; }
  T* begin() { return elements_; }
  T* end() { return elements_ + size_; }
  const T* begin() const { return elements_; }
  const T* end() const { return elements_ + size_; }

 private:
  T* place() { return reinterpret_cast<T*>(place_); }
  void grow() {
    T* larger = static_cast<T*>(arena::allocate(2 * capacity_ * sizeof(T)));
    for (std::size_t i = 0; i < size_; ++i) {
      new (larger + i) T(std::move(elements_[i]));
      elements_[i].~T();
    }
    if (elements_ != place()) arena::free(elements_, capacity_ * sizeof(T));
    elements_ = larger;
    capacity_ *= 2;
  }

  alignas(T) std::byte place_[inline_capacity * sizeof(T)];
  T* elements_ = place();
  std::size_t size_ = 0, capacity_ = inline_capacity;
};

}  // namespace heed::detail
