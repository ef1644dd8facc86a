#include "training.h"

#include <algorithm>

using namespace heed;

Load load_of(const nn::Taps& taps) {
  Load all;
  for (const auto& [path, tensor] : taps) {
    if (!path.ends_with(".load")) continue;
    const auto loads = tensor.to_vector<std::int64_t>();
    const auto [idlest, busiest] = std::minmax_element(loads.begin(), loads.end());
    constexpr double mean = static_cast<double>(chosen * windows * context) / experts;
    all.busiest += static_cast<double>(*busiest) / (mean * depth);
    all.idlest += static_cast<double>(*idlest) / (mean * depth);
  }
  return all;
}
