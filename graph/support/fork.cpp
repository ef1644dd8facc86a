#include "fork.h"

#include <pthread.h>

#include <atomic>

namespace heed::detail {

struct ForkHandlers {
  static constinit inline std::atomic<ForkSafeMutex*> all{nullptr};

  static void before() {
    for (const ForkOrder order : {ForkOrder::tables, ForkOrder::gradients, ForkOrder::reports, ForkOrder::memory})
      for (ForkSafeMutex* one = all.load(); one; one = one->next_) {
        if (one->order_ != order) continue;
        one->mutex_.lock();
        one->held_by_fork_ = true;
      }
  }
  static void after() {
    for (ForkSafeMutex* one = all.load(); one; one = one->next_) {
      if (!one->held_by_fork_) continue;  // created while fork waited for another mutex
      one->held_by_fork_ = false;
      one->mutex_.unlock();
    }
  }
  static void install() {
    static const bool done = pthread_atfork(before, after, after) == 0;
    static_cast<void>(done);
  }
};

ForkSafeMutex::ForkSafeMutex(ForkOrder order) : order_(order) {
  ForkHandlers::install();
  next_ = ForkHandlers::all.load();
  while (!ForkHandlers::all.compare_exchange_weak(next_, this)) {
  }
}

}  // namespace heed::detail
