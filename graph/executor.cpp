#include "executor.h"

#include <sched.h>
#include <tbb/global_control.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <numeric>
#include <string_view>
#include <thread>
#include <utility>

#include "fail.h"
#include "support/team.h"

namespace heed {
namespace {

constexpr int max_threads = 1024;

int threads_at_start() {
  const char* text = std::getenv("HEED_THREADS");
  if (!text || !*text) return detail::cores();
  int n = 0;
  const char* end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, n);
  if (error != std::errc{} || rest != end || n < 1 || n > max_threads)
    fail("HEED_THREADS is '{}': expected a number of threads from 1 to {}", text, max_threads);
  return n;
}

/// Number of threads, with TBB's control of its maximum. By default TBB limits itself to the number of cores, so 8
/// threads on 2 cores need the control too.
class ThreadLimit {
 public:
  ThreadLimit() { set(threads_at_start()); }
  void set(int n) {
    if (!detail::helpers_exist()) {  // TBB must not be used then
      threads_.store(n, std::memory_order_relaxed);
      return;
    }
    const std::lock_guard lock{mutex_};
    // The new control is created before the old one is destroyed: without any, TBB could start a worker for every core.
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

/// Never destroyed: static objects may compute in their destructors.
ThreadLimit& limit() {
  static ThreadLimit& instance = *new ThreadLimit;
  return instance;
}

/// Team of the calling thread. It is destroyed at the thread's end; destructors that run later compute serially.
struct ThreadTeam {
  detail::Team* team = nullptr;
  bool ended = false;
};
constinit thread_local ThreadTeam thread_team;

struct AtThreadEnd {
  ~AtThreadEnd() {
    thread_team.ended = true;
    if (detail::helpers_exist()) delete thread_team.team;
    thread_team.team = nullptr;
  }
};

detail::Team& team_of(int threads) {
  if (thread_team.team && thread_team.team->threads() == threads) return *thread_team.team;
  thread_local AtThreadEnd at_end;
  delete std::exchange(thread_team.team, nullptr);
  return *(thread_team.team = new detail::Team(threads));
}

/// Order in which chunks are started: ascending, or with HEED_SHUFFLE_CHUNKS=1 a different one in every call, which
/// reveals results that depend on the order even where one core runs all chunks.
class ChunkOrder {
 public:
  explicit ChunkOrder(std::int64_t chunks) : chunks_(chunks) {
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
  std::int64_t first() const { return first_; }
  std::int64_t stride() const { return stride_; }

 private:
  std::int64_t chunks_, first_ = 0, stride_ = 1;
};

}  // namespace

void set_threads(int n) {
  if (n < 1 || n > max_threads) fail("set_threads: got {}, expected 1 to {}", n, max_threads);
  limit().set(n);
}

int threads() { return limit().threads(); }

std::int64_t chunk_items(std::int64_t items, double nanoseconds_per_item) {
  constexpr double serial = 10'000, chunk = 20'000;  // nanoseconds
  constexpr double max_chunks = 256;
  constexpr std::int64_t line = 64;  // items: long chunks start at a cache line for any element type
  const double work = static_cast<double>(items) * nanoseconds_per_item;
  if (items <= 1 || work < serial) return std::max<std::int64_t>(items, 1);
  const double chunks = std::ceil(std::min({work / chunk, max_chunks, static_cast<double>(items)}));
  const auto size = static_cast<std::int64_t>(std::ceil(static_cast<double>(items) / chunks));
  return size < 16 * line ? size : (size + line - 1) / line * line;
}

namespace detail {

int cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::min(CPU_COUNT(&set), max_threads);
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, max_threads);
}

void run_chunks(std::int64_t chunks, const void* body, Chunk call) {
  if (chunks <= 0) return;
  const ChunkOrder order{chunks};
  const int n = inside_chunk() || thread_team.ended || !helpers_exist() ? 1 : limit().threads();
  if (n == 1 || chunks > std::numeric_limits<int>::max()) {
    for (std::int64_t i = 0; i < chunks; ++i) call(body, order(i));
    return;
  }
  // Each calling thread has its own team, so that a thread that waits for its chunks never runs those of another
  // caller.
  team_of(n).run({body, call, chunks, order.first(), order.stride()});
}

}  // namespace detail
}  // namespace heed
