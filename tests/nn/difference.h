// Difference of a result from a golden one.
#pragma once

#include <heed/heed.h>

#include <algorithm>
#include <cmath>

#include "catch.h"

/// Returns the largest absolute difference divided by 1 + the largest magnitude; NaN if any difference is NaN.
inline double difference(const heed::Tensor& a, const heed::Tensor& b) {
  REQUIRE(to_string(a.shape()) == to_string(b.shape()));
  double worst = 0, largest = 0;
  const auto in_double = [](const heed::Tensor& x) { return cast(x.detach(), heed::float64).to_vector<double>(); };
  const auto x = in_double(a), y = in_double(b);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!(std::abs(x[i] - y[i]) <= worst)) worst = std::abs(x[i] - y[i]);  // NaN counts
    largest = std::max(largest, std::abs(y[i]));
  }
  return worst / (1 + largest);
}
