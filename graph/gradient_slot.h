// The place of a leaf's gradient, which walks of several threads may add to at the same time.
#pragma once

#include <mutex>
#include <utility>

#include "fork.h"
#include "tensor.h"

namespace heed::detail {

/// While it lives, no other thread reads or changes the gradient of the leaf. No second one may be taken beside it.
class GradientLock {
 public:
  explicit GradientLock(const TensorBody& leaf);

 private:
  std::unique_lock<ForkSafeMutex> lock_;
};

/// Calls change(Tensor& gradient), empty if there is none, under the lock; what it leaves is the leaf's gradient.
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
