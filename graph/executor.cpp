#include "executor.h"

#include <sched.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <numeric>
#include <string_view>
#include <thread>

#include "fail.h"

#if defined(__SANITIZE_THREAD__)
#define HEED_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HEED_THREAD_SANITIZER
#endif
#endif
#ifdef HEED_THREAD_SANITIZER
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
#endif

namespace heed {
namespace {

constexpr int most_threads = 1024;

int cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::min(CPU_COUNT(&set), most_threads);
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, most_threads);
}

int threads_at_start() {
  const char* text = std::getenv("HEED_THREADS");
  if (!text || !*text) return cores();
  int n = 0;
  const char* end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, n);
  if (error != std::errc{} || rest != end || n < 1 || n > most_threads)
    fail("HEED_THREADS is '{}': expected a number of threads from 1 to {}", text, most_threads);
  return n;
}

/// How many threads there are, and the promise to TBB that there will not be more. TBB alone would stay at the number
/// of cores, so that asking for 8 threads on 2 cores needs the promise too.
class Limit {
 public:
  Limit() { set(threads_at_start()); }
  void set(int n) {
    const std::lock_guard lock{mutex_};
    // The new control before the old one goes: without any, TBB could start a worker for every core.
    control_ = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                     static_cast<std::size_t>(n));
    threads_.store(n, std::memory_order_relaxed);
  }
  int threads() const { return threads_.load(std::memory_order_relaxed); }

 private:
  std::mutex mutex_;
  std::unique_ptr<tbb::global_control> control_;
  std::atomic<int> threads_{1};
};

Limit& limit() {
  static Limit it;
  return it;
}

/// Each calling thread has an arena of its own, so that a thread which waits for its chunks never runs another's.
tbb::task_arena& arena_of_this_thread(int n) {
  thread_local tbb::task_arena arena{n};
  if (arena.max_concurrency() != n) {
    arena.terminate();
    arena.initialize(n);
  }
  return arena;
}

/// Tells the thread sanitizer what the uninstrumented TBB does not: chunks begin after the call and end before it
/// returns.
class Fence {
 public:
#ifdef HEED_THREAD_SANITIZER
  Fence() { __tsan_release(&begin_); }
  void enter() { __tsan_acquire(&begin_); }
  void leave() { __tsan_release(&end_); }
  ~Fence() { __tsan_acquire(&end_); }

 private:
  char begin_ = 0, end_ = 0;
#else
  void enter() {}
  void leave() {}
#endif
};

std::atomic<int> threads_seen{0};
thread_local bool inside_chunk = false;

/// While it lives, this thread is running a chunk: calls from inside it run in line.
class InsideChunk {
 public:
  explicit InsideChunk(Fence& fence) : fence_(fence) {
    thread_local const bool counted = (threads_seen.fetch_add(1, std::memory_order_relaxed), true);
    static_cast<void>(counted);
    fence_.enter();
    inside_chunk = true;
  }
  ~InsideChunk() {
    inside_chunk = false;
    fence_.leave();
  }
  InsideChunk(const InsideChunk&) = delete;

 private:
  Fence& fence_;
};

/// The order in which chunks are handed out: as they come, or with HEED_SHUFFLE_CHUNKS=1 another one in every call,
/// which shows a result that depends on the order even where one core runs all chunks.
class Order {
 public:
  explicit Order(std::int64_t chunks) : chunks_(chunks) {
    static const bool shuffled = [] {
      const char* text = std::getenv("HEED_SHUFFLE_CHUNKS");
      return text && std::string_view{text} == "1";
    }();
    if (!shuffled) return;
    static std::atomic<std::int64_t> calls{0};
    const std::int64_t call = calls.fetch_add(1, std::memory_order_relaxed);
    first_ = (call * 7919 + chunks / 2) % chunks;
    stride_ = std::max<std::int64_t>(1, (call * 104729 + chunks * 5 / 8) % chunks);
    while (std::gcd(stride_, chunks) != 1) ++stride_;
  }
  std::int64_t operator()(std::int64_t i) const { return (first_ + i * stride_) % chunks_; }

 private:
  std::int64_t chunks_, first_ = 0, stride_ = 1;
};

}  // namespace

void set_threads(int n) {
  if (n < 1 || n > most_threads) fail("set_threads: got {}, expected 1 to {}", n, most_threads);
  limit().set(n);
}

int threads() { return limit().threads(); }

std::int64_t chunk_items(std::int64_t items, double nanoseconds_per_item) {
  constexpr double serial = 10'000, chunk = 20'000;  // nanoseconds
  constexpr double most_chunks = 256;
  constexpr std::int64_t line = 64;  // items: long chunks begin at a cache line whatever the type
  const double work = static_cast<double>(items) * nanoseconds_per_item;
  if (items <= 1 || work < serial) return std::max<std::int64_t>(items, 1);
  const double chunks = std::ceil(std::min({work / chunk, most_chunks, static_cast<double>(items)}));
  const auto size = static_cast<std::int64_t>(std::ceil(static_cast<double>(items) / chunks));
  return size < 16 * line ? size : (size + line - 1) / line * line;
}

namespace detail {

int threads_that_ran_chunks() { return threads_seen.load(std::memory_order_relaxed); }

void run_chunks(std::int64_t chunks, const void* body, Chunk call) {
  if (chunks <= 0) return;
  const Order order{chunks};
  const int n = inside_chunk ? 1 : limit().threads();
  if (n == 1) {
    for (std::int64_t i = 0; i < chunks; ++i) call(body, order(i));
    return;
  }
  Fence fence;
  // Not sanitized: it reads its captures, which TBB copied unseen, before it enters the fence. The body is.
  arena_of_this_thread(n).execute([&] {
    tbb::parallel_for(
        std::int64_t{0}, chunks,
        [&](std::int64_t i) __attribute__((no_sanitize("thread"))) {
          const InsideChunk inside{fence};
          call(body, order(i));
        },
        tbb::simple_partitioner{});
  });
}

}  // namespace detail
}  // namespace heed
