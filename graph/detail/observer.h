// Observers of the ops on a thread: the basis of recomputation, anomaly mode, profiler and reports.
#pragma once

#include <exception>

#include "node.h"

namespace heed::detail {

/// Observer of the ops on this thread, active during its lifetime. Without observers each event costs one branch.
/// Observers nest: all of the thread are notified, the innermost first. Ops that an observer calls are not observed.
class Observer {
 public:
  Observer() : outer_(std::exchange(observer, this)) {}
  virtual ~Observer() { observer = outer_; }
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  /// Called when an op has computed its outputs, before it is recorded, if it is.
  virtual void computed(const char* /*op*/, const Inputs& /*inputs*/, std::span<const Tensor> /*outputs*/) {}
  /// Called when an op has been recorded as a node.
  virtual void recorded(Node& /*node*/, const Inputs& /*inputs*/, std::span<const Tensor> /*outputs*/) {}
  /// Called before the elements of a tensor are read.
  virtual void read(const TensorBody& /*body*/) {}
  /// Called by a backward pass before and after the gradient of a node; `gradients` is null if it threw.
  virtual void gradient_begins(const Node& /*node*/, std::span<const Tensor> /*output_gradients*/) {}
  virtual void gradient_ends(const Node& /*node*/, Gradients* /*gradients*/) {}

  /// Notifies all observers even if one throws: notify([&](Observer& one) { one.read(body); }); Rethrows the first
  /// exception.
  template <class Event>
  static void notify(const Event& event) {
    struct Restore {
      Observer* innermost = std::exchange(observer, nullptr);
      ~Restore() { observer = innermost; }
    } restore;
    std::exception_ptr first;
    for (Observer* one = restore.innermost; one; one = one->outer_) {
      try {
        event(*one);
      } catch (...) {
        if (!first) first = std::current_exception();
      }
    }
    if (first) std::rethrow_exception(first);
  }

 private:
  Observer* outer_;
};

}  // namespace heed::detail
