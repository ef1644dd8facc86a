#include "blocked_signals.h"

#include <initializer_list>

namespace heed::detail {
namespace {

constinit thread_local int blocks = 0;

sigset_t from_outside() {
  sigset_t signals;
  sigfillset(&signals);
  for (const int raised : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT}) sigdelset(&signals, raised);
  return signals;
}

}  // namespace

BlockedSignals::BlockedSignals(bool needed) : needed_(needed) {
  if (!needed || blocks++ > 0) return;
  const sigset_t signals = from_outside();
  pthread_sigmask(SIG_BLOCK, &signals, &before_);
}

BlockedSignals::~BlockedSignals() {
  if (needed_ && --blocks == 0) pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace heed::detail
