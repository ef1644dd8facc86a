// What surrounds a computation without being its argument: one thread-local value. Every node keeps the value it was
// recorded under, and its gradient runs under that.
#pragma once

#include <cstdint>
#include <utility>

#include "dtype.h"
#include "random.h"

namespace heed {

struct Ambient {
  bool grad = true;                  // whether ops are recorded
  DType precision = DType::float32;  // in which matrix products of float32 tensors take their operands
  std::uint64_t seed = 0;            // set by heed::seed
  std::uint64_t next_stream = 0;     // each random op takes the next one; where it begins depends on the thread
};

namespace detail {
inline constinit thread_local Ambient ambient_state{};
inline constinit thread_local bool recomputing = false;
inline constinit thread_local bool has_streams = false;
/// Gives this thread its first stream: 0 in the main thread, n * 2^40 in the thread that is the n-th other one to ask.
void take_streams();
}  // namespace detail

/// This thread's.
inline Ambient& ambient() { return detail::ambient_state; }

/// The same, for who draws random numbers or copies the state: with the thread's own streams.
inline Ambient& ambient_with_streams() {
  if (!detail::has_streams) [[unlikely]]
    detail::take_streams();
  return detail::ambient_state;
}

/// Whether a checkpoint runs its function once more, for the gradient: what the function does beside computing its
/// results (running means, counters, taps) was done the first time.
inline bool is_recomputing() { return detail::recomputing; }

/// Starts this thread's random numbers anew: the same seed and the same calls give the same numbers, in any thread.
///
/// A thread that was not seeded has seed 0 and streams of its own, so that no two threads draw the same numbers: the
/// main thread has the first ones, and the others the next ones in the order in which they first record or draw. With
/// threads that begin at the same time that order may vary: give each a seed of its own for the same numbers in each
/// run.
inline void seed(std::uint64_t value) {
  detail::has_streams = true;
  ambient().seed = value;
  ambient().next_stream = 0;
}

/// What a random op calls once.
inline RandomStream next_random_stream() {
  Ambient& own = ambient_with_streams();
  return {own.seed, own.next_stream++};
}

/// Sets the ambient state while it lives, and puts back what was there.
class AmbientScope {
 public:
  explicit AmbientScope(const Ambient& during) : before_(ambient_with_streams()) { ambient() = during; }
  ~AmbientScope() { ambient() = before_; }
  AmbientScope(const AmbientScope&) = delete;
  AmbientScope& operator=(const AmbientScope&) = delete;

 private:
  Ambient before_;
};

/// While it lives, ops on this thread are recorded (Grad) or not (NoGrad).
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
using NoGrad = GradScope<false>;
using Grad = GradScope<true>;

/// Calls f without recording: Tensor y = no_grad([&] { return model(x); });
template <class Function>
decltype(auto) no_grad(Function&& f) {
  NoGrad scope;
  return std::forward<Function>(f)();
}

}  // namespace heed
