// Size of a model, before memory is taken for it.
#pragma once

#include <cstdint>
#include <string>

#include "../graph/tensor.h"

namespace heed::nn {
namespace detail {

/// Bytes that this machine can give, as far as it can be known.
std::int64_t available_memory();

/// Why there can be no tensor of this shape; empty if there can be one.
std::string why_impossible(const Shape& shape);

/// A tensor of this shape that takes no memory: one number stands for all of its elements.
Tensor stand_in(const Shape& shape);

/// While one is current on a thread, parameters and buffers that are made from shapes are counted, and are stand-ins.
struct Plan {
  std::int64_t tensors = 0, numbers = 0, bytes = 0;  // the last two end at 2^62
  std::int64_t most_bytes = available_memory();
  inline static thread_local Plan* current = nullptr;

  void count(const Shape& shape);
  /// Whether it is more than this machine can hold, so that nothing more need be counted.
  bool is_too_much() const;
};

class PlanScope {
 public:
  PlanScope() : outer_(Plan::current) { Plan::current = &plan_; }
  PlanScope(const PlanScope&) = delete;
  PlanScope& operator=(const PlanScope&) = delete;
  ~PlanScope() { Plan::current = outer_; }
  const Plan& plan() const { return plan_; }

 private:
  Plan plan_;
  Plan* outer_;
};

/// Throws Error, which begins with `who`, if the plan of `what` is too much.
void expect_memory(const char* who, const std::string& what, const Plan& plan);

}  // namespace detail

/// Throws Error unless the memory of this machine holds the parameters and buffers of make(), which are counted and not
/// made: for sizes that come from a file.
///   nn::expect_memory("load", [&] { return nn::bert({.vocabulary = words, .width = width, ...}); });
template <class Make>
void expect_memory(const char* who, const Make& make) {
  const detail::PlanScope scope;
  [[maybe_unused]] const auto planned = make();
  detail::expect_memory(who, "the model", scope.plan());
}

}  // namespace heed::nn
