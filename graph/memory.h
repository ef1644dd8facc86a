// The caching arena: all memory of tensors and graphs. Blocks come in size classes (four for each power of two),
// aligned to 64 bytes, cut from large regions with huge pages; a freed block is kept for the next request of its class,
// so that a warm training step makes no page fault. Where new memory is needed and more is kept for reuse than the most
// that was in use, pages of free blocks are returned to the system. All of it may be used from any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heed {

/// Bytes that tensors and graphs hold now, the most they held since the start or reset_peak_memory(), and the bytes
/// kept for reuse: what was in use and was not returned to the system.
struct MemoryReport {
  std::int64_t in_use, peak, cached;
};
MemoryReport memory_report();
void reset_peak_memory();
/// Returns the memory that is kept for reuse to the system, all but blocks of less than a few pages and what other
/// threads keep for themselves. Returns how many bytes that were. Later tensors take as long as those of a program that
/// has just begun.
std::int64_t release_cached_memory();

namespace arena {

/// A block of at least `bytes`, aligned to 64. Error if all blocks together would take more than machine_memory(), or
/// the system refuses them.
void* allocate(std::size_t bytes);
/// Gives a block back; `bytes` as it was asked for.
void free(void* block, std::size_t bytes) noexcept;

/// For containers inside the library.
template <class T>
struct Allocator {
  using value_type = T;
  Allocator() = default;
  template <class U>
  Allocator(const Allocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(arena::allocate(n * sizeof(T))); }
  void deallocate(T* block, std::size_t n) noexcept { arena::free(block, n * sizeof(T)); }
  friend bool operator==(const Allocator&, const Allocator&) { return true; }
};

}  // namespace arena
}  // namespace heed
