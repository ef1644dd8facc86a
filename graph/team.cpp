#include "team.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "blocked_signals.h"

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
#else
#define __tsan_acquire(place) static_cast<void>(place)
#define __tsan_release(place) static_cast<void>(place)
#endif

namespace heed::detail {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto lookout = 300us;   // how long a helper that has nothing to do waits for a job
constexpr auto shift = 10ms;      // how long it stays at most before TBB may send it to another caller
constexpr auto patience = 100us;  // how long the caller spins for the last chunks before it sleeps

std::atomic<bool> has_had_helpers{false};
/// Returns true if this process is the child of one that had helpers. It has none of their threads, and TBB, which
/// cannot know, would wait for them.
std::atomic<bool> is_alone{false};
[[maybe_unused]] const int noted_by_fork = pthread_atfork(nullptr, nullptr, [] {
  if (has_had_helpers.load()) is_alone.store(true);
});

std::atomic<int> threads_seen{0};
thread_local bool is_inside = false;

/// While it lives, this thread is running a chunk: calls from inside it run in line.
class InsideChunk {
 public:
  InsideChunk() {
    thread_local const bool counted = (threads_seen.fetch_add(1, std::memory_order_relaxed), true);
    static_cast<void>(counted);
    is_inside = true;
  }
  ~InsideChunk() { is_inside = false; }
  InsideChunk(const InsideChunk&) = delete;
};

void spin() {
  for (int i = 0; i < 16; ++i) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }
}

}  // namespace

bool inside_chunk() { return is_inside; }
bool helpers_exist() { return !is_alone.load(std::memory_order_relaxed); }
int threads_that_ran_chunks() { return threads_seen.load(std::memory_order_relaxed); }

/// Where the caller posts its job. The ticket holds the number of the job, in its upper half, and of the next chunk to
/// take. A thread reads what the job is, then takes a chunk by raising the ticket: if that succeeds, the job was still
/// the same, and it stays until this chunk is reported as done.
class Team::Board {
 public:
  // All boards are listed, for one stays behind where TBB ends before it gives out an invitation: that is no leak.
  Board() {
    const std::lock_guard lock(all().mutex);
    all().boards.insert(this);
  }
  ~Board() {
    const std::lock_guard lock(all().mutex);
    all().boards.erase(this);
  }
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  /// By the caller, when the last job is done.
  void post(const Job& job) {
    const std::uint64_t number = ((ticket_.load(std::memory_order_relaxed) >> 32) + 1) << 32;
    ticket_.store(number | none);  // nobody takes a chunk while the job changes
    body_ = job.body;
    call_ = job.call;
    first_ = job.first;
    stride_ = job.stride;
    chunks_ = job.chunks;
    done_.store(0, std::memory_order_relaxed);
    failed_.store(false, std::memory_order_relaxed);
    ticket_.store(number, std::memory_order_release);
  }

  /// Runs chunks until none is left; returns whether there was one.
  bool take_chunks() {
    std::int64_t taken = 0;
    std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
    while (true) {
      const Job job{body_, call_, chunks_, first_, stride_};
      const auto next = static_cast<std::int64_t>(ticket & none);
      if (next >= job.chunks) break;
      if (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel, std::memory_order_acquire))
        continue;
      run_one(job, next);
      ++taken;
      ticket = ticket_.load(std::memory_order_acquire);
    }
    if (taken == 0) return false;
    done_.fetch_add(static_cast<int>(taken), std::memory_order_acq_rel);
    done_.notify_one();
    return true;
  }

  /// By the caller: returns when all chunks are done, and rethrows the first exception.
  void finish() {
    const int all = static_cast<int>(chunks_.load(std::memory_order_relaxed));
    int done = done_.load(std::memory_order_acquire);
    for (const auto begin = Clock::now(); done != all && Clock::now() - begin < patience;) {
      spin();
      done = done_.load(std::memory_order_acquire);
    }
    for (; done != all; done = done_.load(std::memory_order_acquire)) done_.wait(done);
    if (failed_.load(std::memory_order_relaxed)) std::rethrow_exception(std::exchange(error_, nullptr));
  }

  /// How many helpers are to be invited so that there are `wanted`; they count as invited from now on.
  int invite(int wanted) {
    const int invited = invited_.load(std::memory_order_relaxed), more = std::max(wanted - invited, 0);
    invited_.fetch_add(more, std::memory_order_relaxed);
    return more;
  }

  /// The team and each invitation hold the board; the last one to let go deletes it.
  void hold() { holders_.fetch_add(1, std::memory_order_relaxed); }
  void let_go() {
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  /// What a helper does.
  void help(bool looks_out) {
    const BlockedSignals until_the_end;  // handlers run on the user's threads
    helpers_.fetch_add(1);               // before it looks whether the team is dismissed: see there
    const auto begin = Clock::now();
    for (auto last = begin, now = begin; !dismissed_.load(); now = Clock::now()) {
      if (take_chunks()) {
        last = Clock::now();
        if (last - begin > shift) break;
      } else {
        if (!looks_out || now - last > lookout) break;
        spin();
      }
    }
    invited_.fetch_sub(1, std::memory_order_relaxed);
    helpers_.fetch_sub(1, std::memory_order_release);
  }

  /// No helper runs any more when it returns, and none that comes later will.
  void dismiss() {
    dismissed_.store(true);
    while (helpers_.load() > 0) std::this_thread::yield();
  }

 private:
  struct All {
    std::mutex mutex;
    std::set<Board*> boards;
  };
  static All& all() {
    static All& it = *new All;  // never destroyed: a worker may let go of the last board after main has ended
    return it;
  }

  static constexpr std::uint64_t none = 0xffffffff;

  void run_one(const Job& job, std::int64_t i) {
    if (failed_.load(std::memory_order_relaxed)) return;
    const InsideChunk inside;
    try {
      job.call(job.body, (job.first + i * job.stride) % job.chunks);
    } catch (...) {
      if (!failed_.exchange(true)) error_ = std::current_exception();
    }
  }

  alignas(64) std::atomic<std::uint64_t> ticket_{none};
  // Atomic only because a helper may read them while they change; then it takes no chunk.
  std::atomic<const void*> body_{nullptr};
  std::atomic<Chunk> call_{nullptr};
  std::atomic<std::int64_t> chunks_{0}, first_{0}, stride_{1};
  alignas(64) std::atomic<int> done_{0};
  std::atomic<bool> failed_{false};
  std::exception_ptr error_;
  alignas(64) std::atomic<int> invited_{0}, helpers_{0};
  std::atomic<bool> dismissed_{false};
  std::atomic<int> holders_{1};
};

/// What goes through TBB, which no sanitizer watches: so this is not sanitized either, until the fence.
struct Team::Invitation {
  Board* board;
  bool looks_out;

  __attribute__((no_sanitize("thread"))) void operator()() const {
    Board* const held = board;
    __tsan_acquire(held);
    held->help(looks_out);
    held->let_go();
  }
};

Team::Team(int threads) : threads_(threads), looks_out_(threads <= cores()), board_(new Board), arena_(threads) {
  has_had_helpers.store(true);
}

Team::~Team() {
  board_->dismiss();
  board_->let_go();
}

void Team::run(const Job& job) {
  board_->post(job);
  const auto wanted = static_cast<int>(std::min<std::int64_t>(threads_ - 1, job.chunks - 1));
  for (int left = board_->invite(wanted); left > 0; --left) {
    board_->hold();
    __tsan_release(board_);
    arena_.enqueue(Invitation{board_, looks_out_});
  }
  board_->take_chunks();
  board_->finish();
}

}  // namespace heed::detail
