// Random permutations.
#pragma once

#include <numeric>
#include <utility>
#include <vector>

#include "draws.h"

namespace heed::text {

/// Random permutation of 0, ..., n - 1.
inline std::vector<std::size_t> shuffled(std::size_t n, Draws draws) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = n; i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(draws.below(static_cast<std::int64_t>(i)))]);
  return order;
}

}  // namespace heed::text
