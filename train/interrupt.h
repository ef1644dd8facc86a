#pragma once

namespace heed::train {

/// While one lives, Ctrl-C (SIGINT) and SIGTERM do not end the program: they are noted, so that a loop can end after
/// its step and keep what it has. A second one ends the program at once.
///
/// Handlers of the program's own are as safe: they run on the user's threads, between heed's products. Threads that
/// help have all signals from outside blocked, and so has the calling thread while it is inside oneDNN, whose products
/// do not bear a handler on the same stack: so a handler may come a few milliseconds late. It may do what POSIX allows;
/// heed's functions are not among that. A program that calls oneDNN itself must protect itself in the same way.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// Whether one has come.
  bool interrupted() const;
};

}  // namespace heed::train
