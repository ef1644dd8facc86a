// Profiler of ops, forward and backward.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "../graph/detail/observer.h"

namespace heed {

/// Total cost of all calls of an op.
struct OpCost {
  std::string op;
  const char* pass;  // "forward", "backward", or "recomputed": forward again in a checkpoint's gradient
  std::int64_t calls = 0;
  /// Total time.
  double seconds = 0;
  double multiply_adds = 0;  // of its matrix products; 0 for other ops
  double bytes = 0;          // of inputs and outputs, each once
};

/// Profiler of the ops on this thread (including its helper threads), active during its lifetime. The time of an op
/// starts at the end of the previous op, so the program's own work between two ops counts for the second. The time of a
/// gradient includes the ops that it consists of.
///   Profiler profiler;   ...   fmt::print("{}", profiler.table());   std::ofstream("trace.json") << profiler.trace();
class Profiler : private detail::Observer {
 public:
  Profiler() { clear(); }

  /// Costs of each op and pass, sorted by seconds, largest first.
  std::vector<OpCost> costs() const;
  /// Table of the costs, with GFLOP/s (of matrix products), GB/s and share of the time.
  std::string table() const;
  /// Trace of all calls, in the JSON format of chrome://tracing and ui.perfetto.dev.
  std::string trace() const;
  /// Discards all measurements.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  struct Event {
    std::string op;
    const char* pass;
    Clock::time_point begin;
    double seconds, own_seconds;  // own: without the gradients and recomputed ops inside
    double multiply_adds, bytes;
  };
  struct Running {
    Clock::time_point begin;
    std::int64_t products;
    double inner_seconds = 0, inner_products = 0, bytes = 0;
  };

  void computed(const char* op, const Inputs& inputs, std::span<const Tensor> outputs) override;
  void recorded(detail::Node& node, const Inputs& inputs, std::span<const Tensor> outputs) override;
  void gradient_begins(const detail::Node& node, std::span<const Tensor> output_gradients) override;
  void gradient_ends(const detail::Node& node, Gradients* gradients) override;
  void start_next_event();

  std::vector<Event> events_;
  std::vector<Running> running_;  // stack of nested gradients
  Clock::time_point start_ = Clock::now(), last_ = start_;
  std::int64_t products_ = 0;  // multiply-adds at the end of the last op
};

}  // namespace heed
