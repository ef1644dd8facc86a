// Steps of training or inference: their rate, allocations and page faults.
#pragma once

#include <benchmark/benchmark.h>
#include <heed/graph/memory.h>
#include <sys/resource.h>

#include "../tests/count_malloc.h"

namespace bench {

inline double page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_minflt);
}

/// Runs step() a few times to warm up, then for the benchmark's iterations. Counters: tokens_per_second; per step
/// page_faults, mallocs and mallocs inside oneDNN; peak_bytes of the arena.
template <class Step>
void run_steps(benchmark::State& state, std::int64_t tokens, const Step& step) {
  for (int i = 0; i < 3; ++i) step();
  heed::reset_peak_memory();
  const double faults = page_faults(), mallocs = static_cast<double>(test::mallocs),
               inside = static_cast<double>(test::mallocs_onednn);
  for (auto _ : state) step();
  const auto steps = static_cast<double>(state.iterations());
  // The loop of Google Benchmark itself neither allocates nor faults while it runs.
  state.counters["mallocs"] = (static_cast<double>(test::mallocs) - mallocs) / steps;
  state.counters["mallocs_onednn"] = (static_cast<double>(test::mallocs_onednn) - inside) / steps;
  state.counters["page_faults"] = (page_faults() - faults) / steps;
  state.counters["peak_bytes"] = static_cast<double>(heed::memory_report().peak);
  state.counters["tokens_per_second"] =
      benchmark::Counter(static_cast<double>(tokens), benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace bench
