// The rate of steps whose operations are known, and its share of what the cores can do.
#pragma once

#include <benchmark/benchmark.h>

#include <functional>

namespace bench {

/// Times step() and the peak in turn: what disturbs one disturbs both. Counters: gflops, from the floating point
/// operations of a step, and peak_share, both medians.
void run_beside_peak(benchmark::State& state, double operations, const std::function<void()>& step);

}  // namespace bench
