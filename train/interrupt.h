// Interrupts that let a loop finish its step.
#pragma once

namespace heed::train {

/// Scope guard: the first Ctrl-C (SIGINT) or SIGTERM sets a flag instead of ending the program, so that a loop can
/// finish its step and save its state. The second one ends the program immediately.
///
/// Other signal handlers of the program are safe too: they run on the user's threads, outside heed's matrix products.
/// Helper threads block all asynchronous signals, and so does the calling thread while it is inside oneDNN, whose
/// products do not tolerate a handler on the same stack: a handler may therefore run a few milliseconds late. A handler
/// may call async-signal-safe functions only (POSIX); heed's functions are not. A program that calls oneDNN itself must
/// block signals in the same way.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// Returns true after a signal.
  bool interrupted() const;
};

}  // namespace heed::train
