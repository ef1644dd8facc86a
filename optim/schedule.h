// Learning rate schedules: functions of the number of steps taken so far, 0 in the first step. They throw Error, when
// created or called, unless peak and floor are finite and not negative, 0 <= warmup <= total, total >= 1 and step >= 0.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

namespace heed::optim {

namespace detail {
/// Throw Error, in the name of a schedule, if a number is invalid.
void check_rate(const char* schedule, const char* field, double rate);
void check_warmup(const char* schedule, std::int64_t warmup, std::int64_t total, std::int64_t step);
}  // namespace detail

/// Linear schedule with warm-up: rises to `peak` over the first `warmup` steps, then falls linearly to 0 at `total`.
/// Devlin et al. 2019, arXiv:1810.04805, appendix A.2.
struct WarmupLinear {
  double peak;
  std::int64_t warmup, total;

  /// Learning rate of a step; the first is step 0.
  double operator()(std::int64_t step) const {
    detail::check_rate("warmup_linear", "peak", peak);
    detail::check_warmup("warmup_linear", warmup, total, step);
    if (step < warmup) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup);
    return peak * static_cast<double>(std::max<std::int64_t>(total - step, 0)) /
           static_cast<double>(std::max<std::int64_t>(total - warmup, 1));
  }
};
/// Linear schedule with warm-up: WarmupLinear.
inline WarmupLinear warmup_linear(double peak, std::int64_t warmup, std::int64_t total) {
  const WarmupLinear rate{peak, warmup, total};
  (void)rate(0);
  return rate;
}

/// Cosine schedule with warm-up: rises linearly to `peak` over the first `warmup` steps, then falls along half a cosine
/// to `floor` at `total`. Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5, without restarts.
struct WarmupCosine {
  double peak;
  std::int64_t warmup, total;
  double floor = 0;

  /// Learning rate of a step; the first is step 0.
  double operator()(std::int64_t step) const {
    detail::check_rate("warmup_cosine", "peak", peak);
    detail::check_rate("warmup_cosine", "floor", floor);
    detail::check_warmup("warmup_cosine", warmup, total, step);
    if (step < warmup) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup);
    const double done = std::min(
        static_cast<double>(step - warmup) / static_cast<double>(std::max<std::int64_t>(total - warmup, 1)), 1.0);
    return floor + (peak - floor) * 0.5 * (1 + std::cos(std::numbers::pi * done));
  }
};
/// Cosine schedule with warm-up: WarmupCosine.
inline WarmupCosine warmup_cosine(double peak, std::int64_t warmup, std::int64_t total, double floor = 0) {
  const WarmupCosine rate{peak, warmup, total, floor};
  (void)rate(0);
  return rate;
}

/// Inverse square root schedule with warm-up: with t = step + 1,  peak * min(t / warmup, sqrt(warmup / t)). Needs no
/// total. Vaswani et al. 2017, arXiv:1706.03762, section 5.3.
struct InverseSquareRoot {
  double peak;
  std::int64_t warmup;

  /// Learning rate of a step; the first is step 0.
  double operator()(std::int64_t step) const {
    detail::check_rate("inverse_square_root", "peak", peak);
    detail::check_warmup("inverse_square_root", warmup, std::numeric_limits<std::int64_t>::max(), step);
    const double t = static_cast<double>(step) + 1, rise = static_cast<double>(std::max<std::int64_t>(warmup, 1));
    return peak * std::min(t / rise, std::sqrt(rise / t));
  }
};
/// Inverse square root schedule: InverseSquareRoot.
inline InverseSquareRoot inverse_square_root(double peak, std::int64_t warmup) {
  const InverseSquareRoot rate{peak, warmup};
  (void)rate(0);
  return rate;
}

/// Inverse square root schedule with the peak of the Transformer paper:  factor / sqrt(width * warmup).
InverseSquareRoot noam(std::int64_t width, std::int64_t warmup, double factor = 1);

}  // namespace heed::optim
