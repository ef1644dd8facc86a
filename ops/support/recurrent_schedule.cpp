#include "recurrent_schedule.h"

#include <algorithm>

namespace heed::detail {
namespace {

// Enough rows per product to amortise reading the weights, and enough chunks to keep cores busy.
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
  // Sequences are dealt out in turn, so that each chunk has long and short ones.
  std::int64_t tokens = 0;
  for (std::int64_t part = 0; part < parts; ++part) {
    first_slot_.push_back(static_cast<std::int64_t>(order_.size()));
    first_step_.push_back(static_cast<std::int64_t>(rows_.size()));
    for (std::int64_t i = part; i < count; i += parts) order_.push_back(sorted[index(i)]);
    auto active = static_cast<std::int64_t>(order_.size()) - first_slot_.back();
    for (std::int64_t t = 0;; ++t) {
      while (active > 0 && sequences.length(order_[index(first_slot_.back() + active - 1)]) <= t) --active;
      if (active == 0) break;
      rows_.push_back(tokens);
      tokens += active;
    }
  }
  first_slot_.push_back(count);
  first_step_.push_back(static_cast<std::int64_t>(rows_.size()));
  rows_.push_back(tokens);
}

}  // namespace heed::detail
