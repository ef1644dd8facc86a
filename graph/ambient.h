// Thread-local settings that ops read without taking them as arguments: grad mode, precision, random state. Every node
// keeps the settings it was recorded with, and its gradient runs with them.
#pragma once

#include <cstdint>
#include <utility>

#include "dtype.h"
#include "random.h"

namespace heed {

/// Thread-local settings of ops.
struct Ambient {
  bool grad = true;                  // true if ops are recorded
  DType precision = DType::float32;  // of the operands of matrix products of float32 tensors
  std::uint64_t seed = 0;            // set by heed::seed
  std::uint64_t next_stream = 0;     // of the next random op; the first one depends on the thread
};

namespace detail {
inline constinit thread_local Ambient ambient_state{};
inline constinit thread_local bool recomputing = false;
inline constinit thread_local bool has_streams = false;
/// Assigns this thread its first stream: 0 in the main thread, n * 2^40 in the n-th other thread that calls it.
void take_streams();
}  // namespace detail

/// Settings of the calling thread.
inline Ambient& ambient() { return detail::ambient_state; }

/// Like ambient(), with the thread's own random streams assigned: for code that draws random numbers or copies the
/// state.
inline Ambient& ambient_with_streams() {
  if (!detail::has_streams) [[unlikely]]
    detail::take_streams();
  return detail::ambient_state;
}

/// Returns true while an activation checkpoint recomputes its function for the gradient. Side effects of the function
/// (running means, counters, taps) have already happened in the first run and must not be repeated.
inline bool is_recomputing() { return detail::recomputing; }

/// Seeds the random numbers of this thread: the same seed and the same calls give the same numbers, in any thread.
///
/// A thread that was not seeded has seed 0 and its own range of streams, so that no two threads draw the same numbers:
/// the main thread has the first range, the others the next ones in the order in which they first record or draw. With
/// threads that start at the same time this order may vary: seed each of them differently to get the same numbers in
/// each run.
inline void seed(std::uint64_t value) {
  detail::has_streams = true;
  ambient().seed = value;
  ambient().next_stream = 0;
}

/// Returns the stream of a random op and advances to the next one. Each random op calls it once.
inline RandomStream next_random_stream() {
  Ambient& own = ambient_with_streams();
  return {own.seed, own.next_stream++};
}

/// Scope guard that sets the ambient state and restores the previous one.
class AmbientScope {
 public:
  /// Sets the ambient state until the end of the scope.
  explicit AmbientScope(const Ambient& during) : before_(ambient_with_streams()) { ambient() = during; }
  ~AmbientScope() { ambient() = before_; }
  AmbientScope(const AmbientScope&) = delete;
  AmbientScope& operator=(const AmbientScope&) = delete;

 private:
  Ambient before_;
};

/// Scope guard: ops on this thread are recorded (Grad) or not (NoGrad).
template <bool on>
class GradScope {
 public:
  GradScope() : before_(std::exchange(ambient().grad, on)) {}
  ~GradScope() { ambient().grad = before_; }
  GradScope(const GradScope&) = delete;
  GradScope& operator=(const GradScope&) = delete;

 private:
  bool before_;
};
/// Scope guard: ops on this thread are not recorded.
using NoGrad = GradScope<false>;
/// Scope guard: ops on this thread are recorded, inside a NoGrad.
using Grad = GradScope<true>;

/// Calls f without recording: Tensor y = no_grad([&] { return model(x); });
template <class Function>
decltype(auto) no_grad(Function&& f) {
  NoGrad scope;
  return std::forward<Function>(f)();
}

}  // namespace heed
