#include "memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <mutex>

#include "fail.h"
#include "machine_memory.h"

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
namespace {

// The address sanitizer knows nothing of blocks inside a region: it is told which bytes of them may be touched. Then
// each block has a guard behind it too, which no one may touch.
#ifdef HEED_ADDRESS_SANITIZER
constexpr std::size_t guard = 64;
void forbid(const void* from, std::size_t bytes) { __asan_poison_memory_region(from, bytes); }
void allow(const void* from, std::size_t bytes) { __asan_unpoison_memory_region(from, bytes); }
#else
constexpr std::size_t guard = 0;
void forbid(const void*, std::size_t) {}
void allow(const void*, std::size_t) {}
#endif

constexpr std::size_t header = 64;  // a class holds 64 + (1, 1.25, 1.5 or 1.75) * 2^k bytes, so that a
                                    // storage's header does not push round sizes into the next class
constexpr int classes = 4 * 42;
constexpr std::size_t largest_block = std::size_t{1} << 46;  // the last class holds more
constexpr std::size_t small_block = 1 << 16;                 // up to this size threads keep free blocks of their own
constexpr std::size_t kept_by_a_thread = 512 << 10;          // bytes of each class
constexpr std::size_t huge_page = 2 << 20;
constexpr std::size_t region = 32 << 20;  // what is asked from the system at a time, at least

struct FreeBlock {
  FreeBlock* next;
};

struct SizeClass {
  int index;
  std::size_t bytes;
};

SizeClass size_class(std::size_t asked) {
  const std::size_t bytes = asked + guard;
  const std::size_t payload = std::max(bytes, header + 64) - header;    // the smallest class: 128 bytes
  const int power = static_cast<int>(std::bit_width(payload - 1)) - 1;  // 2^power < payload <= 2^(power + 1)
  const std::size_t quarter = std::max<std::size_t>((std::size_t{1} << power) / 4, 1);
  const std::size_t quarters = (payload - (std::size_t{1} << power) + quarter - 1) / quarter;  // 1 to 4
  const std::size_t size = (std::size_t{1} << power) + quarters * quarter;
  return {.index = 4 * (power - 5) + static_cast<int>(quarters) - 1, .bytes = (header + size + 63) / 64 * 64};
}

// Counts of all threads. The peak is exact: it is taken when a block is handed out.
std::atomic<std::int64_t> in_use{0}, peak{0}, reserved{0};

[[noreturn]] void refuse(std::size_t bytes) {
  fail("out of memory: {} bytes were asked for, {} are in use, and the machine has {}", bytes, in_use.load(),
       machine_memory());
}

/// What all threads share: free blocks of every class, and the rest of the region that blocks are cut from.
class Central {
 public:
  FreeBlock* take(SizeClass wanted) {
    std::lock_guard lock(mutex_);
    if (FreeBlock* block = free_[wanted.index]) {
      free_[wanted.index] = block->next;
      return block;
    }
    return cut(wanted.bytes);
  }
  void give(FreeBlock* block, int index) {
    std::lock_guard lock(mutex_);
    block->next = free_[index];
    free_[index] = block;
  }

 private:
  FreeBlock* cut(std::size_t bytes) {
    if (bytes > static_cast<std::size_t>(end_ - begin_)) {
      const std::size_t wanted = (std::max(bytes, region) + huge_page - 1) / huge_page * huge_page;
      // Under overcommit the system would promise more than there is, and end the process when it is touched.
      if (static_cast<std::int64_t>(wanted) > machine_memory() - reserved.load()) refuse(bytes);
      void* raw = mmap(nullptr, wanted + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (raw == MAP_FAILED) refuse(bytes);
      const auto address = (reinterpret_cast<std::uintptr_t>(raw) + huge_page - 1) / huge_page * huge_page;
      madvise(reinterpret_cast<void*>(address), wanted, MADV_HUGEPAGE);
      reserved += static_cast<std::int64_t>(wanted);
      begin_ = reinterpret_cast<std::byte*>(address);
      end_ = begin_ + wanted;
      forbid(begin_, wanted);
    }
    std::byte* block = begin_;
    begin_ += bytes;
    allow(block, sizeof(FreeBlock));
    return reinterpret_cast<FreeBlock*>(block);
  }

  std::mutex mutex_;
  FreeBlock* free_[classes] = {};
  std::byte* begin_ = nullptr;
  std::byte* end_ = nullptr;
};

// Never destroyed: tensors with static lifetime may outlive any static object.
Central& central() {
  static Central& instance = *new Central;
  return instance;
}

/// Free blocks of one thread. At its end they go to the central lists; a tensor that dies after that does so directly.
struct ThreadBlocks {
  FreeBlock* free[classes] = {};
  std::size_t bytes[classes] = {};
  bool ended = false;
};
constinit thread_local ThreadBlocks thread_blocks;

struct AtThreadEnd {
  ~AtThreadEnd() {
    for (int index = 0; index < classes; ++index) {
      while (FreeBlock* block = thread_blocks.free[index]) {
        thread_blocks.free[index] = block->next;
        central().give(block, index);
      }
    }
    thread_blocks.ended = true;
  }
};

void register_thread() { thread_local AtThreadEnd at_end; }

}  // namespace

namespace arena {

void* allocate(std::size_t bytes) {
  if (bytes > largest_block) [[unlikely]]
    refuse(bytes);
  const SizeClass wanted = size_class(bytes);
  FreeBlock* block = thread_blocks.free[wanted.index];
  if (block) {
    thread_blocks.free[wanted.index] = block->next;
    thread_blocks.bytes[wanted.index] -= wanted.bytes;
  } else {
    block = central().take(wanted);
  }
  const auto now = in_use.fetch_add(static_cast<std::int64_t>(wanted.bytes), std::memory_order_relaxed) +
                   static_cast<std::int64_t>(wanted.bytes);
  for (auto most = peak.load(std::memory_order_relaxed);
       most < now && !peak.compare_exchange_weak(most, now, std::memory_order_relaxed);) {
  }
  allow(block, bytes);
  return block;
}

void free(void* memory, std::size_t bytes) noexcept {
  auto* block = static_cast<FreeBlock*>(memory);
  const SizeClass known = size_class(bytes);
  forbid(block + 1, known.bytes - sizeof(FreeBlock));
  in_use.fetch_sub(static_cast<std::int64_t>(known.bytes), std::memory_order_relaxed);
  if (known.bytes <= small_block && thread_blocks.bytes[known.index] < kept_by_a_thread && !thread_blocks.ended) {
    if (thread_blocks.bytes[known.index] == 0) register_thread();
    block->next = thread_blocks.free[known.index];
    thread_blocks.free[known.index] = block;
    thread_blocks.bytes[known.index] += known.bytes;
    return;
  }
  central().give(block, known.index);
}

}  // namespace arena

MemoryReport memory_report() {
  const std::int64_t used = in_use.load();
  return {.in_use = used, .peak = peak.load(), .cached = reserved.load() - used};
}

void reset_peak_memory() { peak.store(in_use.load()); }

}  // namespace heed
