// Rate of steps with a known number of operations, and its share of the cores' peak.
#pragma once

#include <benchmark/benchmark.h>

#include <functional>

namespace bench {

/// Times step() and the peak in alternation, so that disturbances affect both. Counters: gflops, from the floating
/// point operations of a step, and peak_share, both medians.
void run_beside_peak(benchmark::State& state, double operations, const std::function<void()>& step);

}  // namespace bench
