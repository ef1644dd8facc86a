// The caching arena: all memory of tensors and graphs. Blocks come in size classes (four for each power of two),
// aligned to 64 bytes, cut from large regions with huge pages; a freed block is kept for the next request of its class,
// so that a warm training step makes no page fault. Nothing is returned to the system while the program runs.
#pragma once

#include <cstddef>
#include <cstdint>

namespace heed {

/// Bytes that tensors and graphs hold now, the most they held since the start or reset_peak_memory(), and the bytes
/// kept for reuse.
struct MemoryReport {
  std::int64_t in_use, peak, cached;
};
MemoryReport memory_report();
void reset_peak_memory();

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
