#include "memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <mutex>
#include <span>

#include "fail.h"
#include "support/fork.h"
#include "support/leaf_cycles.h"
#include "support/machine_memory.h"

#if defined(__SANITIZE_ADDRESS__)
#define HEED_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HEED_ADDRESS_SANITIZER
#endif
#endif
#ifdef HEED_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#endif

namespace heed {
using namespace heed::detail;

namespace {

// The address sanitizer does not know the blocks inside a region: bytes that must not be accessed are poisoned. With
// it, each block is followed by a poisoned guard.
#ifdef HEED_ADDRESS_SANITIZER
constexpr std::size_t guard = 64;
void poison(const void* from, std::size_t bytes) { __asan_poison_memory_region(from, bytes); }
void unpoison(const void* from, std::size_t bytes) { __asan_unpoison_memory_region(from, bytes); }
#else
constexpr std::size_t guard = 0;
void poison(const void*, std::size_t) {}
void unpoison(const void*, std::size_t) {}
#endif

constexpr std::size_t header = 64;  // a class has blocks of 64 + (1, 1.25, 1.5 or 1.75) * 2^k bytes, so that
                                    // round sizes plus a storage's header fit exactly
constexpr int classes = 4 * 42;
constexpr std::size_t largest_block = std::size_t{1} << 46;  // below the size of the last class
constexpr std::size_t small_block = 1 << 16;                 // up to this size free blocks are cached per thread
constexpr std::size_t max_thread_cache = 512 << 10;          // bytes of each class
constexpr std::size_t huge_page = 2 << 20;
constexpr std::size_t min_region = 32 << 20;  // bytes requested from the system at a time

struct FreeBlock {
  FreeBlock* next;
};

struct SizeClass {
  int index = 0;
  std::size_t bytes = 0;
};

constexpr SizeClass computed_class(std::size_t bytes) {
  const std::size_t payload = std::max(bytes, header + 64) - header;    // the smallest class: 128 bytes
  const int power = static_cast<int>(std::bit_width(payload - 1)) - 1;  // 2^power < payload <= 2^(power + 1)
  const std::size_t quarter = std::max<std::size_t>((std::size_t{1} << power) / 4, 1);
  const std::size_t quarters = (payload - (std::size_t{1} << power) + quarter - 1) / quarter;  // 1 to 4
  const std::size_t size = (std::size_t{1} << power) + quarters * quarter;
  return {.index = 4 * (power - 5) + static_cast<int>(quarters) - 1, .bytes = (header + size + 63) / 64 * 64};
}

// The classes of small blocks (handles, nodes, short rows), for every 64 bytes.
constexpr std::size_t looked_up = 8192;
constexpr auto small_classes = [] {
  std::array<SizeClass, looked_up / 64 + 1> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = computed_class(64 * i);
  return all;
}();

SizeClass size_class(std::size_t requested) {
  const std::size_t bytes = requested + guard;
  return bytes <= looked_up ? small_classes[(bytes + 63) / 64] : computed_class(bytes);
}

// Bytes of all threads. The peak is exact: it is updated at each allocation.
std::atomic<std::int64_t> in_use{0}, peak{0}, peak_before_reset{0};

void count_in_use(std::size_t bytes) {
  const auto more = static_cast<std::int64_t>(bytes);
  const std::int64_t now = in_use.fetch_add(more, std::memory_order_relaxed) + more;
  for (auto most = peak.load(std::memory_order_relaxed);
       most < now && !peak.compare_exchange_weak(most, now, std::memory_order_relaxed);) {
  }
}

[[noreturn]] void fail_out_of_memory(std::size_t bytes) {
  fail("out of memory: {} bytes were asked for, {} are in use, and the machine has {}", bytes, in_use.load(),
       machine_memory());
}

/// Whole pages of a free block, without its first bytes, which hold the list pointer.
std::span<std::byte> pages_of(FreeBlock* block, std::size_t bytes) {
  constexpr std::uintptr_t page = 4096;
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  const std::uintptr_t begin = (address + sizeof(FreeBlock) + page - 1) / page * page;
  const std::uintptr_t end = (address + bytes) / page * page;
  return {reinterpret_cast<std::byte*>(begin), end > begin ? end - begin : 0};
}

/// Memory shared by all threads: free blocks of every class, and the rest of the region that blocks are cut from. The
/// pages of released blocks were returned to the system; the first write to them allocates them again.
class Central {
 public:
  FreeBlock* take(SizeClass wanted) {
    const std::lock_guard lock(mutex_);
    if (FreeBlock* block = pop(free_[wanted.index])) return block;
    make_room_for(wanted.bytes);
    if (FreeBlock* block = pop(released_[wanted.index])) {
      held_ += static_cast<std::int64_t>(pages_of(block, wanted.bytes).size());
      return block;
    }
    FreeBlock* block = cut(wanted.bytes);
    bytes_[wanted.index] = wanted.bytes;
    held_ += static_cast<std::int64_t>(wanted.bytes);
    return block;
  }
  void put(FreeBlock* block, int index) {
    const std::lock_guard lock(mutex_);
    push(free_[index], block);
  }
  std::int64_t release_all() {
    const std::lock_guard lock(mutex_);
    const std::int64_t before = held_;
    release_until(0);
    return before - held_;
  }
  /// Number of bytes that were in use at some time and have not been returned to the system.
  std::int64_t held() {
    const std::lock_guard lock(mutex_);
    return held_;
  }

 private:
  static FreeBlock* pop(FreeBlock*& list) {
    FreeBlock* block = list;
    if (block) list = block->next;
    return block;
  }
  static void push(FreeBlock*& list, FreeBlock* block) {
    block->next = list;
    list = block;
  }

  /// Keeps the held bytes, including the new block, below twice the peak of bytes in use. Above that it releases down
  /// to 1.5 times the peak, so that it does not release again for every block. Throws Error if the machine has too
  /// little memory for the block.
  void make_room_for(std::size_t bytes) {
    const std::int64_t max_in_use = std::max(peak.load(std::memory_order_relaxed), peak_before_reset.load());
    const auto more = static_cast<std::int64_t>(bytes);
    if (held_ + more > 2 * max_in_use) release_until(max_in_use + max_in_use / 2 - more);
    // Under overcommit the system grants more memory than it has, and kills the process when it is used.
    const std::int64_t room = machine_memory() - more;
    if (held_ > room) release_until(room);
    if (held_ > room) fail_out_of_memory(bytes);
  }

  /// Returns pages of free blocks to the system until at most `held` bytes are held. Large blocks first: each block
  /// takes a system call.
  void release_until(std::int64_t held) {
    for (int index = classes - 1; index >= 0 && held_ > held; --index) {
      if (pages_of(nullptr, bytes_[index]).empty()) continue;
      while (held_ > held) {
        FreeBlock* block = pop(free_[index]);
        if (!block) break;
        const std::span<std::byte> pages = pages_of(block, bytes_[index]);
        if (!pages.empty() && madvise(pages.data(), pages.size(), MADV_DONTNEED) != 0) return push(free_[index], block);
        held_ -= static_cast<std::int64_t>(pages.size());
        push(released_[index], block);
      }
    }
  }

  FreeBlock* cut(std::size_t bytes) {
    if (bytes > static_cast<std::size_t>(end_ - begin_)) {
      const std::size_t wanted = (std::max(bytes, min_region) + huge_page - 1) / huge_page * huge_page;
      void* raw = mmap(nullptr, wanted + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (raw == MAP_FAILED) fail_out_of_memory(bytes);
      const auto address = (reinterpret_cast<std::uintptr_t>(raw) + huge_page - 1) / huge_page * huge_page;
      madvise(reinterpret_cast<void*>(address), wanted, MADV_HUGEPAGE);
      auto* const begin = reinterpret_cast<std::byte*>(address);
      poison(begin, wanted);
      if (wanted - bytes < static_cast<std::size_t>(end_ - begin_)) {  // the rest of the previous region is larger
        unpoison(begin, sizeof(FreeBlock));
        return reinterpret_cast<FreeBlock*>(begin);
      }
      begin_ = begin;
      end_ = begin + wanted;
    }
    std::byte* block = begin_;
    begin_ += bytes;
    unpoison(block, sizeof(FreeBlock));
    return reinterpret_cast<FreeBlock*>(block);
  }

  detail::ForkSafeMutex mutex_{detail::ForkOrder::memory};
  FreeBlock *free_[classes] = {}, *released_[classes] = {};
  std::size_t bytes_[classes] = {};  // block size of each class in use
  std::int64_t held_ = 0;
  std::byte* begin_ = nullptr;
  std::byte* end_ = nullptr;
};

// Never destroyed: tensors with static lifetime may outlive any static object.
Central& central() {
  static Central& instance = *new Central;
  return instance;
}

/// Free blocks cached by a thread. At its end they move to the central lists; tensors destroyed later go there
/// directly.
struct ThreadBlocks {
  FreeBlock* free[classes] = {};
  std::size_t bytes[classes] = {};
  bool ended = false;
};
constinit thread_local ThreadBlocks thread_blocks;

void release_thread_blocks() {
  for (int index = 0; index < classes; ++index) {
    while (FreeBlock* block = thread_blocks.free[index]) {
      thread_blocks.free[index] = block->next;
      central().put(block, index);
    }
    thread_blocks.bytes[index] = 0;
  }
}

struct AtThreadEnd {
  ~AtThreadEnd() {
    release_thread_blocks();
    thread_blocks.ended = true;
  }
};

void register_thread() { thread_local AtThreadEnd at_end; }

}  // namespace

namespace arena {

void* allocate(std::size_t bytes) {
  if (bytes > largest_block) [[unlikely]]
    fail_out_of_memory(bytes);
  const SizeClass wanted = size_class(bytes);
  FreeBlock* block = thread_blocks.free[wanted.index];
  if (block) {
    count_in_use(wanted.bytes);  // an atomic operation waits for earlier loads: before block->next is fetched
    thread_blocks.free[wanted.index] = block->next;
    thread_blocks.bytes[wanted.index] -= wanted.bytes;
  } else {
    block = central().take(wanted);
    count_in_use(wanted.bytes);
  }
  unpoison(block, bytes);
  return block;
}

void free(void* memory, std::size_t bytes) noexcept {
  auto* block = static_cast<FreeBlock*>(memory);
  const SizeClass known = size_class(bytes);
  poison(block + 1, known.bytes - sizeof(FreeBlock));
  in_use.fetch_sub(static_cast<std::int64_t>(known.bytes), std::memory_order_relaxed);
  if (known.bytes <= small_block && thread_blocks.bytes[known.index] < max_thread_cache && !thread_blocks.ended) {
    if (thread_blocks.bytes[known.index] == 0) register_thread();
    block->next = thread_blocks.free[known.index];
    thread_blocks.free[known.index] = block;
    thread_blocks.bytes[known.index] += known.bytes;
    return;
  }
  central().put(block, known.index);
}

}  // namespace arena

MemoryReport memory_report() {
  detail::release_unreachable_gradients();
  const std::int64_t held = central().held(), used = in_use.load();
  return {.in_use = used, .peak = peak.load(), .cached = std::max<std::int64_t>(held - used, 0)};
}

void reset_peak_memory() {
  peak_before_reset.store(std::max(peak_before_reset.load(), peak.load()));
  peak.store(in_use.load());
}

std::int64_t release_cached_memory() {
  detail::release_unreachable_gradients();
  release_thread_blocks();
  return central().release_all();
}

}  // namespace heed
