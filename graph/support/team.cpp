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

constexpr auto helper_spin_time = 300us;  // for the next job, before an idle helper returns to TBB
constexpr auto max_helper_time = 10ms;    // before a busy helper returns to TBB, which may send it to another caller
constexpr auto caller_spin_time = 100us;  // for the last chunks, before the caller sleeps

std::atomic<bool> had_helpers{false};
/// True in the forked child of a process that had helpers. The child has none of their threads, and TBB would wait for
/// them forever.
std::atomic<bool> forked_without_helpers{false};
[[maybe_unused]] const int fork_handler = pthread_atfork(nullptr, nullptr, [] {
  if (had_helpers.load()) forked_without_helpers.store(true);
});

std::atomic<int> threads_seen{0};
thread_local bool is_inside = false;

/// Scope guard of a running chunk: parallel calls inside it run serially.
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
bool helpers_exist() { return !forked_without_helpers.load(std::memory_order_relaxed); }
int threads_that_ran_chunks() { return threads_seen.load(std::memory_order_relaxed); }

/// The current job of a team. The upper half of the ticket is the number of the job, the lower half that of the next
/// chunk to take. A thread reads the job, then takes a chunk by incrementing the ticket: if that succeeds, the job has
/// not changed, and it does not change until this chunk is counted as done.
class Team::JobSlot {
 public:
  // All slots are listed, so that leak checkers find a slot whose helper tasks TBB never runs because the program ends.
  JobSlot() {
    const std::lock_guard lock(all().mutex);
    all().slots.insert(this);
  }
  ~JobSlot() {
    const std::lock_guard lock(all().mutex);
    all().slots.erase(this);
  }
  JobSlot(const JobSlot&) = delete;
  JobSlot& operator=(const JobSlot&) = delete;

  /// Sets the next job. Called by the caller when the previous job is done.
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

  /// Runs chunks until none is left. Returns true if it ran at least one.
  bool run_chunks() {
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

  /// Waits until all chunks are done, and rethrows the first exception. Called by the caller.
  void finish() {
    const int all = static_cast<int>(chunks_.load(std::memory_order_relaxed));
    int done = done_.load(std::memory_order_acquire);
    for (const auto begin = Clock::now(); done != all && Clock::now() - begin < caller_spin_time;) {
      spin();
      done = done_.load(std::memory_order_acquire);
    }
    for (; done != all; done = done_.load(std::memory_order_acquire)) done_.wait(done);
    if (failed_.load(std::memory_order_relaxed)) std::rethrow_exception(std::exchange(error_, nullptr));
  }

  /// Returns the number of helper tasks to enqueue so that there are `wanted`, and counts them as enqueued.
  int enqueue(int wanted) {
    const int enqueued = enqueued_.load(std::memory_order_relaxed), more = std::max(wanted - enqueued, 0);
    enqueued_.fetch_add(more, std::memory_order_relaxed);
    return more;
  }

  /// Reference counting: the team and each helper task hold a reference.
  void retain() { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  /// Main loop of a helper.
  void help(bool spins) {
    const BlockedSignals blocked;  // handlers run on the user's threads
    helpers_.fetch_add(1);         // before stopped_ is read: stop() sets it, then waits for helpers_
    const auto begin = Clock::now();
    for (auto last = begin, now = begin; !stopped_.load(); now = Clock::now()) {
      if (run_chunks()) {
        last = Clock::now();
        if (last - begin > max_helper_time) break;
      } else {
        if (!spins || now - last > helper_spin_time) break;
        spin();
      }
    }
    enqueued_.fetch_sub(1, std::memory_order_relaxed);
    helpers_.fetch_sub(1, std::memory_order_release);
  }

  /// Waits until no helper runs; helpers that start later return immediately.
  void stop() {
    stopped_.store(true);
    while (helpers_.load() > 0) std::this_thread::yield();
  }

 private:
  struct All {
    std::mutex mutex;
    std::set<JobSlot*> slots;
  };
  static All& all() {
    static All& instance = *new All;  // never destroyed: a worker may release the last slot after main has returned
    return instance;
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
  // Atomic because a helper may read them while they change; it takes no chunk then.
  std::atomic<const void*> body_{nullptr};
  std::atomic<Chunk> call_{nullptr};
  std::atomic<std::int64_t> chunks_{0}, first_{0}, stride_{1};
  alignas(64) std::atomic<int> done_{0};
  std::atomic<bool> failed_{false};
  std::exception_ptr error_;
  alignas(64) std::atomic<int> enqueued_{0}, helpers_{0};
  std::atomic<bool> stopped_{false};
  std::atomic<int> references_{1};
};

/// TBB task of a helper. TBB is not instrumented for the thread sanitizer, so neither is this up to the fence.
struct Team::HelperTask {
  JobSlot* slot;
  bool spins;

  __attribute__((no_sanitize("thread"))) void operator()() const {
    JobSlot* const held = slot;
    __tsan_acquire(held);
    held->help(spins);
    held->release();
  }
};

Team::Team(int threads) : threads_(threads), helpers_spin_(threads <= cores()), slot_(new JobSlot), arena_(threads) {
  had_helpers.store(true);
}

Team::~Team() {
  slot_->stop();
  slot_->release();
}

void Team::run(const Job& job) {
  slot_->post(job);
  const auto wanted = static_cast<int>(std::min<std::int64_t>(threads_ - 1, job.chunks - 1));
  for (int left = slot_->enqueue(wanted); left > 0; --left) {
    slot_->retain();
    __tsan_release(slot_);
    arena_.enqueue(HelperTask{slot_, helpers_spin_});
  }
  slot_->run_chunks();
  slot_->finish();
}

}  // namespace heed::detail
