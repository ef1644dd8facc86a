// Signals kept from threads that run code which a handler on the same stack would break.
#pragma once

#include <csignal>

namespace heed::detail {

/// While it lives, this thread runs no handlers of signals that come from outside: they wait, or another thread takes
/// them. Those that an instruction raises itself, such as SIGSEGV, are not blocked. Blocking and unblocking takes about
/// half a microsecond; where a thread has blocked them already, nothing.
class BlockedSignals {
 public:
  explicit BlockedSignals(bool needed = true);
  ~BlockedSignals();
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  const bool needed_;
  sigset_t before_;  // of the outermost one
};

}  // namespace heed::detail
