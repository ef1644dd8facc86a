#include "peak.h"

#include <benchmark/benchmark.h>
#include <heed/graph/executor.h>
#include <heed/ops/kernels/instruction_set.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <thread>
#include <vector>

using heed::kernels::InstructionSet;

namespace {

// Twelve independent sums hide the latency of multiply-adds on two units. In assembly, so that no compiler spills them.
constexpr int rounds = 1000, instructions = 4 * 12 * rounds;
#define HEED_BURN(zero, instructions)                                                                           \
  long left = rounds;                                                                                           \
  asm volatile(".irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13\n" zero                                                  \
               "\n.endr\n"                                                                                      \
               "1: .rept 4\n" instructions ".endr\n dec %0\n jnz 1b"                                            \
               : "+r"(left)                                                                                     \
               :                                                                                                \
               : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", \
                 "xmm11", "xmm12", "xmm13")

double burn_baseline() {  // no multiply-add: independent multiplications and additions
  HEED_BURN(
      "xorps %%xmm\\r,%%xmm\\r",
      ".irp r,0,1,2,3,4,5\n mulps %%xmm13,%%xmm\\r\n .endr\n .irp r,6,7,8,9,10,11\n addps %%xmm13,%%xmm\\r\n .endr\n");
  return 4.0 * instructions;
}

double burn_avx2() {
  HEED_BURN("vxorps %%xmm\\r,%%xmm\\r,%%xmm\\r",
            ".irp r,0,1,2,3,4,5,6,7,8,9,10,11\n vfmadd213ps %%ymm13,%%ymm12,%%ymm\\r\n .endr\n");
  return 2.0 * 8 * instructions;
}

double burn_avx512() {
  HEED_BURN("vxorps %%xmm\\r,%%xmm\\r,%%xmm\\r",
            ".irp r,0,1,2,3,4,5,6,7,8,9,10,11\n vfmadd213ps %%zmm13,%%zmm12,%%zmm\\r\n .endr\n");
  return 2.0 * 16 * instructions;
}

/// Runs for some microseconds; returns the number of floating-point operations.
double burn(InstructionSet set) {
  switch (set) {
    case InstructionSet::avx512:
      return burn_avx512();
    case InstructionSet::avx2:
      return burn_avx2();
    default:
      return burn_baseline();
  }
}

void peak(benchmark::State& state) {
  double best = 0;
  for (auto _ : state) best = std::max(best, bench::fma_rate(0.02));
  state.counters["gflops"] = best;
}
BENCHMARK(peak)->Name("peak/fma")->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace

double bench::fma_rate(double seconds) {
  using Clock = std::chrono::steady_clock;
  const InstructionSet set = heed::kernels::instruction_set();
  const int threads = heed::threads();
  std::vector<double> rates(static_cast<std::size_t>(threads));
  std::barrier start{threads};
  std::vector<std::jthread> running;
  for (double& rate : rates)
    running.emplace_back([&] {
      start.arrive_and_wait();
      const auto begin = Clock::now();
      double done = 0, time = 0;
      while (time < seconds) {
        for (int i = 0; i < 10; ++i) done += burn(set);
        time = std::chrono::duration<double>(Clock::now() - begin).count();
      }
      rate = done / time * 1e-9;
    });
  running.clear();  // joins the threads
  double sum = 0;
  for (const double rate : rates) sum += rate;
  return sum;
}
