#include "gradient_slot.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace heed::detail {
namespace {

/// Mutex of a leaf; leaves share a fixed number of them.
ForkSafeMutex& mutex_of(const TensorBody& leaf) {
  constexpr std::uintptr_t count = 64, smallest_block = 128;
  static const auto& mutexes = *new const std::vector<std::unique_ptr<ForkSafeMutex>>([] {
    std::vector<std::unique_ptr<ForkSafeMutex>> all;
    for (std::uintptr_t i = 0; i < count; ++i) all.push_back(std::make_unique<ForkSafeMutex>(ForkOrder::gradients));
    return all;
  }());
  return *mutexes[reinterpret_cast<std::uintptr_t>(&leaf) / smallest_block % count];
}

}  // namespace

GradientLock::GradientLock(const TensorBody& leaf) : lock_(mutex_of(leaf)) {}

}  // namespace heed::detail
