// Support for forked children: a child has only the thread that called fork, and the memory as the others left it.
#pragma once

#include <mutex>

namespace heed::detail {

/// The order in which fork() takes locks: one that is held while another is taken comes first.
enum class ForkOrder { tables, gradients, reports, memory };

/// A mutex that fork() takes and gives back, in parent and child, so that no child finds it locked by a thread that it
/// does not have, or what it guards half changed. It is never destroyed: static auto& mutex = *new ForkSafeMutex{...}.
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
