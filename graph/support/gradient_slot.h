// Locked access to the gradient of a leaf, to which backward passes of several threads may add at the same time.
#pragma once

#include <mutex>
#include <utility>

#include "../tensor.h"
#include "fork.h"

namespace heed::detail {

/// Scope guard that locks the gradient of a leaf against other threads. A thread must hold only one at a time.
class GradientLock {
 public:
  explicit GradientLock(const TensorBody& leaf);

 private:
  std::unique_lock<ForkSafeMutex> lock_;
};

/// Calls change(Tensor& gradient) under the lock and stores the result as the leaf's gradient. The tensor is empty if
/// there is no gradient.
template <class Change>
void change_gradient(const Tensor& leaf, const Change& change) {
  TensorBody& body = body_of(leaf);
  const GradientLock lock(body);
  struct Slot {
    TensorBody*& place;
    Tensor gradient = handle(std::exchange(place, nullptr));
    ~Slot() {
      if (!gradient) return;
      place = &body_of(gradient);
      place->references.fetch_add(1, std::memory_order_relaxed);
    }
  } slot{body.grad};
  change(slot.gradient);
}

}  // namespace heed::detail
