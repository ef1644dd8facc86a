// Grouped matrix products, forward and backward: a few large groups, as of experts, and many small ones. The 4,096 rows
// are distributed unevenly: the first group has twice the average, the last one almost none. gflops counts 1 product in
// forward and 2 in backward; peak_share is the share of the cores' peak, measured in alternation.
#include <benchmark/benchmark.h>
#include <fmt/core.h>
#include <heed/autodiff/backward.h>
#include <heed/graph/ambient.h>
#include <heed/ops/linalg/grouped_matmul.h>
#include <heed/ops/math/arithmetic.h>
#include <heed/ops/reduce/reduce.h>

#include <vector>

#include "numbers.h"
#include "rate.h"
#include "task.h"

namespace {

using heed::Tensor;

constexpr std::int64_t rows = 4096;

struct Groups {
  std::int64_t count, in, out;

  std::string name() const { return fmt::format("grouped_matmul/{}x{}x{}", count, in, out); }
  /// Sizes of groups in the ratio count : count - 1 : ... : 1.
  heed::Sequences sequences() const {
    std::vector<std::int64_t> lengths;
    std::int64_t before = 0;
    for (std::int64_t i = 1; i <= count; ++i) {
      const std::int64_t end = rows * (i * (2 * count - i + 1) / 2) / (count * (count + 1) / 2);
      lengths.push_back(end - before);
      before = end;
    }
    return heed::Sequences{std::span<const std::int64_t>(lengths)};
  }
};

constexpr Groups all_groups[] = {{8, 512, 2048}, {8, 2048, 512}, {64, 128, 128}};

/// Value: mean square of y.
bench::Work work(const Groups& groups) {
  const heed::Sequences sequences = groups.sequences();
  const Tensor x = bench::numbers({rows, groups.in}, 1).require_grad(),
               weights = bench::numbers({groups.count, groups.in, groups.out}, 2).require_grad(),
               dy = bench::numbers({rows, groups.out}, 4);
  return {[=] {
            const heed::NoGrad scope;
            const Tensor y = heed::grouped_matmul(x, sequences, weights);
            return heed::mean(y * y).item();
          },
          [=] {
            heed::backward(heed::grouped_matmul(x, sequences, weights), dy);
            x.clear_grad();
            weights.clear_grad();
          }};
}

const bool added = [] {
  for (const Groups& groups : all_groups)
    benchmark::RegisterBenchmark(groups.name().c_str(),
                                 [&](benchmark::State& state) {
                                   bench::run_beside_peak(state,
                                                          3 * 2.0 * static_cast<double>(rows * groups.in * groups.out),
                                                          work(groups).step);
                                 })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  return true;
}();

}  // namespace

std::vector<bench::Task> bench::grouped_matmul_tasks() {
  std::vector<Task> tasks;
  for (const Groups& groups : all_groups)
    tasks.push_back({groups.name(), rows, [&](const std::string&) { return work(groups); }});
  return tasks;
}
