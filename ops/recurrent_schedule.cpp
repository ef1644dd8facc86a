#include "recurrent_schedule.h"

#include <algorithm>

namespace heed {
namespace {

// Enough rows for a product to be worth its reading of the weights, and enough chunks to keep cores busy.
constexpr std::int64_t sequences_of_chunk = 16;

}  // namespace

Schedule::Schedule(const Sequences& sequences, Direction direction) : sequences_(sequences), direction_(direction) {
  const std::int64_t count = sequences.count(), parts = (count + sequences_of_chunk - 1) / sequences_of_chunk;
  Vector<std::int64_t> sorted(index(count));
  for (std::int64_t i = 0; i < count; ++i) sorted[index(i)] = i;
  std::sort(sorted.begin(), sorted.end(), [&](std::int64_t a, std::int64_t b) {
    const std::int64_t of_a = sequences.length(a), of_b = sequences.length(b);
    return of_a != of_b ? of_a > of_b : a < b;
  });
  // Every parts-th to one chunk: so each gets long ones and short ones.
  std::int64_t tokens = 0;
  for (std::int64_t part = 0; part < parts; ++part) {
    first_slot_.push_back(static_cast<std::int64_t>(order_.size()));
    first_step_.push_back(static_cast<std::int64_t>(rows_.size()));
    for (std::int64_t i = part; i < count; i += parts) order_.push_back(sorted[index(i)]);
    auto alive = static_cast<std::int64_t>(order_.size()) - first_slot_.back();
    for (std::int64_t t = 0;; ++t) {
      while (alive > 0 && sequences.length(order_[index(first_slot_.back() + alive - 1)]) <= t) --alive;
      if (alive == 0) break;
      rows_.push_back(tokens);
      tokens += alive;
    }
  }
  first_slot_.push_back(count);
  first_step_.push_back(static_cast<std::int64_t>(rows_.size()));
  rows_.push_back(tokens);
}

}  // namespace heed
