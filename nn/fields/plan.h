// Size of a model, before memory is allocated for it.
#pragma once

#include <cstdint>
#include <string>

#include "../../graph/tensor.h"

namespace heed::nn {
namespace detail {

/// Number of bytes of available memory of this machine; the largest int64 if it is unknown.
std::int64_t available_memory();

/// Returns why no tensor can have this shape; an empty string if one can.
std::string why_impossible(const Shape& shape);

/// Returns a tensor of this shape that needs no memory: all elements are one number, with strides 0.
Tensor placeholder(const Shape& shape);

/// Counts parameters and buffers instead of allocating them: while a plan is current on a thread, those made from
/// shapes are stand-ins.
struct Plan {
  std::int64_t tensors = 0, numbers = 0, bytes = 0;  // the last two saturate at 2^62
  std::int64_t max_bytes = available_memory();
  inline static thread_local Plan* current = nullptr;

  void count(const Shape& shape);
  /// Returns true if the plan exceeds this machine's memory, so that counting can stop.
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

/// Throws Error, which starts with `who`, if the plan of `what` exceeds this machine's memory.
void expect_memory(const char* who, const std::string& what, const Plan& plan);

}  // namespace detail

/// Throws Error unless the parameters and buffers of make() fit into this machine's memory. They are counted, not
/// allocated. For sizes that come from a file.
///   nn::expect_memory("load", [&] { return nn::bert({.vocabulary = words, .width = width, ...}); });
template <class Make>
void expect_memory(const char* who, const Make& make) {
  const detail::PlanScope scope;
  [[maybe_unused]] const auto planned = make();
  detail::expect_memory(who, "the model", scope.plan());
}

}  // namespace heed::nn
