// Support for fork(): a child process has only the thread that called fork, and the memory as the other threads left
// it.
#pragma once

#include <mutex>

namespace heed::detail {

/// Order in which fork() locks mutexes: a mutex that is held while another is locked comes first.
enum class ForkOrder { tables, gradients, reports, memory };

/// Mutex that fork() locks, and unlocks in parent and child, so that a child never finds it locked by a thread that
/// does not exist there, or its data half changed. It must never be destroyed: static auto& mutex = *new
/// ForkSafeMutex{...}.
class ForkSafeMutex {
 public:
  explicit ForkSafeMutex(ForkOrder order);
  ForkSafeMutex(const ForkSafeMutex&) = delete;
  ForkSafeMutex& operator=(const ForkSafeMutex&) = delete;

  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  friend struct ForkHandlers;
  std::mutex mutex_;
  const ForkOrder order_;
  bool held_by_fork_ = false;
  ForkSafeMutex* next_ = nullptr;
};

}  // namespace heed::detail
