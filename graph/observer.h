// Watching what ops do on a thread: what recomputation, anomaly mode, profiles and reports rest on.
#pragma once

#include <exception>

#include "node.h"

namespace heed::detail {

/// While it lives, it is told what ops do on this thread. As a rule there is none, and each event costs one branch.
/// They nest: every observer of the thread is told, the last one first. Ops that an observer calls are not observed.
class Observer {
 public:
  Observer() : outer_(std::exchange(observer, this)) {}
  virtual ~Observer() { observer = outer_; }
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  /// An op has computed its outputs; whether it is recorded is not known yet.
  virtual void computed(const char* /*op*/, const Inputs& /*inputs*/, std::span<const Tensor> /*outputs*/) {}
  /// An op has become a node.
  virtual void recorded(Node& /*node*/, const Inputs& /*inputs*/, std::span<const Tensor> /*outputs*/) {}
  /// The elements of a tensor are about to be read.
  virtual void read(const TensorBody& /*body*/) {}
  /// A walk calls the gradient of a node, and then has its gradients: null if that threw.
  virtual void gradient_begins(const Node& /*node*/, std::span<const Tensor> /*output_gradients*/) {}
  virtual void gradient_ends(const Node& /*node*/, Gradients* /*gradients*/) {}

  /// Tells all, also when one throws: notify([&](Observer& one) { one.read(body); });
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
