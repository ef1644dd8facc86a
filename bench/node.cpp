// Overhead of the graph: a chain of tanh on one number, forward and backward, minus the same kernels in a plain loop.
#include <benchmark/benchmark.h>
#include <heed/autodiff/backward.h>
#include <heed/graph/create.h>
#include <heed/ops/kernels/elementwise.h>
#include <heed/ops/math/trigonometry.h>

#include <algorithm>
#include <chrono>

#include "task.h"

namespace {

constexpr int links = 1000;

template <class Body>
double seconds(const Body& body) {
  const auto begin = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void bare_kernels(float x) {
  const auto& kernels = heed::kernels::get<heed::kernels::ElementwiseKernels<float>>();
  const auto forward = kernels.unary[heed::kernels::Unary::tanh];
  const auto backward = kernels.backward[heed::kernels::Backward::tanh];
  float values[links + 1] = {x}, gradient = 1;
  for (int i = 0; i < links; ++i) forward({values + i, 1}, values + i + 1, 1);
  for (int i = links; i > 0; --i) backward({&gradient, 1}, {values + i, 1}, &gradient, 1);
  benchmark::DoNotOptimize(gradient);
}

float chain(const heed::Tensor& x) {
  heed::Tensor y = x;
  for (int i = 0; i < links; ++i) y = heed::tanh(y);
  heed::backward(y);
  x.clear_grad();
  return y.item<float>();
}

/// Counter ns_per_node: forward and backward together, the median of all iterations.
void node(benchmark::State& state) {
  const heed::Tensor x = heed::scalar(0.5f).require_grad();
  std::vector<double> differences;
  for (auto _ : state) {
    const double with_graph = seconds([&] { chain(x); });
    differences.push_back(with_graph - seconds([&] { bare_kernels(0.5f); }));
  }
  std::nth_element(differences.begin(), differences.begin() + static_cast<std::ptrdiff_t>(differences.size() / 2),
                   differences.end());
  state.counters["ns_per_node"] = differences[differences.size() / 2] / links * 1e9;
}
BENCHMARK(node)->UseRealTime();

}  // namespace

/// Task whose step is the whole chain, kernels included: a microsecond per op is a millisecond of the row.
bench::Task bench::node_task() {
  return {.name = "node/1000",
          .tokens = links,
          .begin =
              [](const std::string&) {
                const heed::Tensor x = heed::scalar(0.5f).require_grad();
                return Work{.value = [x] { return double{chain(x)}; }, .step = [x] { chain(x); }};
              },
          .against_libtorch = true};
}
