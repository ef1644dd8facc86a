// Progress display of a long loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace heed::train {

/// Progress bar with rate and remaining time: redrawn in place on a terminal, otherwise a line for every twentieth of
/// the steps. Writes to standard error.
class Progress {
 public:
  /// `work_per_step` is the amount of `unit` that a step processes, for the rate: 2048 "tokens". Throws Error if the
  /// number of steps is negative, or the work is not finite.
  Progress(std::string title, std::int64_t steps, double work_per_step = 1, std::string unit = "steps");
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Counts a step; `note` is shown at the line's end: "loss 2.31". Call will_show() first if it is expensive to
  /// compute.
  void step(const std::string& note);
  /// Returns true if the next step will be shown.
  bool will_show() const;

  /// Seconds since the start.
  double seconds() const;
  /// Amount of `unit` per second.
  double rate() const;

 private:
  using Clock = std::chrono::steady_clock;
  void show(const std::string& note);

  std::string title_, unit_;
  std::int64_t steps_, done_ = 0;
  double work_per_step_;
  bool on_terminal_;
  Clock::time_point begin_ = Clock::now(), shown_ = {};
};

/// Formats a duration: "1:02:03", "2:03" or "3 s".
std::string format_duration(double seconds);

}  // namespace heed::train
