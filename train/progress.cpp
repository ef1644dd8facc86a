#include "progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "../graph/fail.h"

namespace heed::train {
namespace {
constexpr auto redraw_interval = std::chrono::milliseconds(200);
constexpr std::int64_t max_lines = 20, bar_width = 24;
}  // namespace

std::string format_duration(double seconds) {
  if (!(seconds >= 0)) seconds = 0;
  if (seconds > 1e15) return "forever";
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

Progress::Progress(std::string title, std::int64_t steps, double work_per_step, std::string unit)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      steps_(steps),
      work_per_step_(work_per_step),
      on_terminal_(isatty(STDERR_FILENO) != 0) {
  if (steps < 0) fail("Progress: the number of steps is {}, but it must not be negative", steps);
  if (!std::isfinite(work_per_step))
    fail("Progress: the work of a step is {}, but it must be a finite number", work_per_step);
}

Progress::~Progress() {
  if (on_terminal_ && done_ > 0) std::fputc('\n', stderr);
}

double Progress::seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

double Progress::rate() const { return static_cast<double>(done_) * work_per_step_ / std::max(seconds(), 1e-9); }

bool Progress::will_show() const {
  const std::int64_t next = done_ + 1;
  if (next == steps_) return true;
  if (on_terminal_) return Clock::now() - shown_ >= redraw_interval;
  // More steps than announced, or so many that the products below would overflow: every `each` steps.
  const std::int64_t each = std::max<std::int64_t>(steps_ / max_lines, 1);
  if (next > steps_ || steps_ > std::numeric_limits<std::int64_t>::max() / (2 * max_lines)) return next % each == 0;
  return next * max_lines / steps_ != done_ * max_lines / steps_;
}

void Progress::step(const std::string& note) {
  const bool shows = will_show();
  ++done_;
  if (shows) show(note);
}

void Progress::show(const std::string& note) {
  shown_ = Clock::now();
  const double part =
      std::min(1.0, static_cast<double>(done_) / static_cast<double>(std::max<std::int64_t>(steps_, 1)));
  const double left = seconds() * (1 - part) / part;
  const std::string end =
      fmt::format("{}/{}  {:.0f} {}/s  {} left  {}", done_, steps_, rate(), unit_, format_duration(left), note);
  if (on_terminal_) {
    const auto full = static_cast<std::size_t>(part * bar_width);
    fmt::print(stderr, "\r\033[K{} [{}{}] {}", title_, std::string(full, '='), std::string(bar_width - full, ' '), end);
  } else {
    fmt::print(stderr, "{} {}\n", title_, end);
  }
  std::fflush(stderr);
}

}  // namespace heed::train
