// Caching allocator for the memory of tensors and graphs. Blocks are aligned to 64 bytes, in four size classes per
// power of two, and cut from large regions with huge pages. A freed block is cached for the next request of its class,
// so that a warm training step makes no page fault. When new memory is needed and the cache exceeds the peak of bytes
// in use, pages of free blocks are returned to the system. All functions are thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heed {

/// Memory statistics in bytes: held by tensors and graphs now, their peak since the start or reset_peak_memory(), and
/// cached for reuse (not returned to the system).
struct MemoryReport {
  /// Bytes held now, at most, and for reuse.
  std::int64_t in_use, peak, cached;
};
/// Returns the memory statistics of all threads.
MemoryReport memory_report();
/// Sets the peak to the bytes in use now.
void reset_peak_memory();
/// Returns cached memory to the system, except blocks of less than a few pages and blocks cached by other threads.
/// Returns the number of bytes released. Later allocations are as slow as at the start of a program.
std::int64_t release_cached_memory();

namespace arena {

/// Allocates a block of at least `bytes`, aligned to 64. Throws Error if all blocks together would exceed
/// machine_memory(), or the system is out of memory.
void* allocate(std::size_t bytes);
/// Frees a block; `bytes` must be the size passed to allocate.
void free(void* block, std::size_t bytes) noexcept;

/// Allocator of standard containers inside the library.
template <class T>
struct Allocator {
  /// Type of the elements.
  using value_type = T;
  Allocator() = default;
  template <class U>
  Allocator(const Allocator<U>&) {}
  /// Allocates memory for n elements.
  T* allocate(std::size_t n) { return static_cast<T*>(arena::allocate(n * sizeof(T))); }
  /// Frees the memory of n elements.
  void deallocate(T* block, std::size_t n) noexcept { arena::free(block, n * sizeof(T)); }
  /// Returns true: all allocators are alike.
  friend bool operator==(const Allocator&, const Allocator&) { return true; }
};

}  // namespace arena
}  // namespace heed
