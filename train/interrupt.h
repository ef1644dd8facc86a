#pragma once

namespace heed::train {

/// While one lives, Ctrl-C (SIGINT) and SIGTERM do not end the program: they are noted, so that a loop can end after
/// its step and keep what it has. A second one ends the program at once.
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
