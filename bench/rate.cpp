#include "rate.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "peak.h"

namespace bench {
namespace {

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

}  // namespace

void run_beside_peak(benchmark::State& state, double operations, const std::function<void()>& step) {
  step();
  std::vector<double> rates, shares;
  for (auto _ : state) {
    const double peak = fma_rate(0.02);
    const auto begin = std::chrono::steady_clock::now();
    step();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    rates.push_back(operations * 1e-9 / seconds);
    shares.push_back(rates.back() / peak);
    state.SetIterationTime(seconds);
  }
  state.counters["gflops"] = median(rates);
  state.counters["peak_share"] = median(shares);
}

}  // namespace bench
