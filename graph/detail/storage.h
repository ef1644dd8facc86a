// Storage of tensors, with the version counter that detects in-place writes to values needed by gradients.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "../memory.h"

namespace heed::detail {

/// Counter of recorded nodes and in-place writes, which orders any two of them.
inline std::atomic<std::uint64_t> event_counter{0};

/// Gives up one of `references` and returns true if it was the last. One that is seen to be the last is not counted
/// down, which saves an atomic operation: nobody is left who could add another.
inline bool is_last_reference(std::atomic<std::uint32_t>& references) {
  return references.load(std::memory_order_acquire) == 1 || references.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

struct Storage;

/// Callback for the freeing of a storage.
struct StorageWatcher {
  virtual void freed(Storage& storage) noexcept = 0;

 protected:
  ~StorageWatcher() = default;
};

/// Reference-counted memory shared by a tensor and its views. Header in front of the bytes, in one block of the arena.
struct alignas(64) Storage {
  std::atomic<std::uint32_t> references{1};  // number of tensors that use it, including views
  std::int64_t bytes;
  std::uint64_t made = event_counter.load(std::memory_order_relaxed);
  std::atomic<std::uint64_t> written{0};
  std::atomic<const char*> writer{nullptr};  // the op of the last in-place write
  StorageWatcher* watcher = nullptr;         // null by default

  explicit Storage(std::int64_t size) : bytes(size) {}

  static Storage* make(std::int64_t bytes) {
    return new (arena::allocate(sizeof(Storage) + static_cast<std::size_t>(bytes))) Storage(bytes);
  }
  std::byte* data() { return reinterpret_cast<std::byte*>(this + 1); }
  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (!is_last_reference(references)) return;
    if (watcher) [[unlikely]]
      watcher->freed(*this);
    arena::free(this, sizeof(Storage) + static_cast<std::size_t>(bytes));
  }
};

}  // namespace heed::detail
