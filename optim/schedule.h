// Learning rates by step: functions of the number of steps taken so far, 0 in the first.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace heed::optim {

/// Rises linearly over the first `warmup` steps to `peak`, then falls linearly to 0 after `total` steps.
/// Devlin et al. 2019, arXiv:1810.04805, appendix A.2.
struct WarmupLinear {
  double peak;
  std::int64_t warmup, total;

  double operator()(std::int64_t step) const {
    if (step < warmup) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup);
    return peak * static_cast<double>(std::max<std::int64_t>(total - step, 0)) /
           static_cast<double>(std::max<std::int64_t>(total - warmup, 1));
  }
};
inline WarmupLinear warmup_linear(double peak, std::int64_t warmup, std::int64_t total) {
  return {peak, warmup, total};
}

/// Rises linearly over the first `warmup` steps to `peak`, then falls along half a cosine to `floor` after `total`
/// steps. Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5, without restarts.
struct WarmupCosine {
  double peak;
  std::int64_t warmup, total;
  double floor = 0;

  double operator()(std::int64_t step) const {
    if (step < warmup) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup);
    const double done = std::min(
        static_cast<double>(step - warmup) / static_cast<double>(std::max<std::int64_t>(total - warmup, 1)), 1.0);
    return floor + (peak - floor) * 0.5 * (1 + std::cos(std::numbers::pi * done));
  }
};
inline WarmupCosine warmup_cosine(double peak, std::int64_t warmup, std::int64_t total, double floor = 0) {
  return {peak, warmup, total, floor};
}

/// Rises linearly over the first `warmup` steps to `peak`, then falls with the inverse square root of the steps: with
/// t = step + 1,  peak * min(t / warmup, sqrt(warmup / t)). It needs no total.
/// Vaswani et al. 2017, arXiv:1706.03762, section 5.3.
struct InverseSquareRoot {
  double peak;
  std::int64_t warmup;

  double operator()(std::int64_t step) const {
    const auto t = static_cast<double>(step + 1), rise = static_cast<double>(std::max<std::int64_t>(warmup, 1));
    return peak * std::min(t / rise, std::sqrt(rise / t));
  }
};
inline InverseSquareRoot inverse_square_root(double peak, std::int64_t warmup) { return {peak, warmup}; }

/// The same with the peak of the paper, for a model of this width:  factor / sqrt(width * warmup).
inline InverseSquareRoot noam(std::int64_t width, std::int64_t warmup, double factor = 1) {
  return {factor / std::sqrt(static_cast<double>(width) * static_cast<double>(std::max<std::int64_t>(warmup, 1))),
          warmup};
}

}  // namespace heed::optim
