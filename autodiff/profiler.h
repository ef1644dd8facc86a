// How long each op takes, forward and backward.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "../graph/observer.h"

namespace heed {

/// What one op cost, all its calls together.
struct OpCost {
  std::string op;
  const char* pass;  // "forward", "backward", or "recomputed": forward again in a checkpoint's gradient
  std::int64_t calls = 0;
  double seconds = 0;
  double multiply_adds = 0;  // of its matrix products; 0 for other ops
  double bytes = 0;          // of the tensors that go in and come out, each once
};

/// While it lives it measures the ops of this thread (with the threads that help it). The time of an op begins where
/// the op before it ended, so what the program does between two ops counts for the second. The time of a gradient
/// includes the ops that it is made of.
///   Profiler profiler;   ...   fmt::print("{}", profiler.table());   std::ofstream("trace.json") << profiler.trace();
class Profiler : private detail::Observer {
 public:
  Profiler() { clear(); }

  /// One for each op and pass, most seconds first.
  std::vector<OpCost> costs() const;
  /// The costs with GFLOP/s (of matrix products), GB/s and the share of the time.
  std::string table() const;
  /// Every call, in the JSON that chrome://tracing and ui.perfetto.dev read.
  std::string trace() const;
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  struct Event {
    std::string op;
    const char* pass;
    Clock::time_point begin;
    double seconds, own_seconds;  // own: without what it called
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
  void go_on();

  std::vector<Event> events_;
  std::vector<Running> running_;  // gradients, one inside the other
  Clock::time_point start_ = Clock::now(), last_ = start_;
  std::int64_t products_ = 0;  // multiply-adds when the last op ended
};

}  // namespace heed
