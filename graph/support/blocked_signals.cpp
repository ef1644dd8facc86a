#include "blocked_signals.h"

#include <initializer_list>

namespace heed::detail {
namespace {

constinit thread_local int blocks = 0;

sigset_t asynchronous_signals() {
  sigset_t signals;
  sigfillset(&signals);
  for (const int synchronous : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT})
    sigdelset(&signals, synchronous);
  return signals;
}

}  // namespace

BlockedSignals::BlockedSignals(bool needed) : needed_(needed) {
  if (!needed || blocks++ > 0) return;
  const sigset_t signals = asynchronous_signals();
  pthread_sigmask(SIG_BLOCK, &signals, &before_);
}

BlockedSignals::~BlockedSignals() {
  if (needed_ && --blocks == 0) pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace heed::detail
