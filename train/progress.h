// What a person sees of a long loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace heed::train {

/// Shows how far a loop has come, how fast it is, and the time left: a bar that is drawn over itself on a terminal;
/// else a line for every twentieth part. Writes to standard error.
class Progress {
 public:
  /// The number of steps may be 0; Error if it is negative, or if the work is not a finite number. `work_of_a_step` is
  /// what a step does of `unit`, for the rate: 2048 "tokens".
  Progress(std::string title, std::int64_t steps, double work_of_a_step = 1, std::string unit = "steps");
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// One more step is done; `note` stands at the line's end: "loss 2.31". Call wants_note() first if it costs to make.
  void step(const std::string& note);
  /// Whether the next step will be shown.
  bool wants_note() const;

  double seconds() const;
  /// Of the unit, each second.
  double rate() const;

 private:
  using Clock = std::chrono::steady_clock;
  void show(const std::string& note);

  std::string title_, unit_;
  std::int64_t steps_, done_ = 0;
  double work_of_a_step_;
  bool on_terminal_;
  Clock::time_point begin_ = Clock::now(), shown_ = {};
};

/// "1:02:03", "2:03" or "3 s"
std::string duration(double seconds);

}  // namespace heed::train
