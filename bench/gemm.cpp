// Matrix products on all cores: their rate, and its share of the cores' peak. With AVX2 also its share of the rate of
// oneDNN with independent products: a sequential dnnl_sgemm on every core, with separate operands.
#include <benchmark/benchmark.h>
#include <heed/graph/executor.h>
#include <heed/graph/memory.h>
#include <heed/ops/kernels/gemm/gemm.h>
#include <heed/ops/kernels/gemm/onednn.h>
#include <heed/ops/kernels/instruction_set.h>

#include <algorithm>
#include <array>
#include <barrier>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "peak.h"

namespace {

using heed::kernels::Gemm;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

template <class T>
struct Operands {
  Gemm<T> gemm;
  std::int64_t count;                                 // number of matrices b, used in turn
  std::vector<T, heed::arena::Allocator<T>> a, b, c;  // allocated like tensors: aligned to cache lines, in huge pages

  explicit Operands(const Gemm<T>& shape, std::int64_t matrices = 1)
      : gemm(shape),
        count(matrices),
        a(size(shape.m * shape.k)),
        b(size(matrices * shape.k * shape.n)),
        c(size(shape.m * shape.n)) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<T>(static_cast<int>(i % 17) - 8) / 8;
    for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<T>(static_cast<int>(i % 13) - 6) / 8;
    gemm.lda = gemm.transpose_a ? gemm.m : gemm.k;
    gemm.ldb = gemm.transpose_b ? gemm.k : gemm.n;
    gemm.ldc = gemm.n;
    gemm.a = a.data();
    gemm.b = b.data();
    gemm.c = c.data();
  }
  static std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }
};

double operations(const auto& gemm) {
  return 2.0 * static_cast<double>(gemm.m) * static_cast<double>(gemm.n) * static_cast<double>(gemm.k);
}

/// Products per second of heed, on all threads.
template <class T>
double heed_rate(const Operands<T>& operands, double seconds) {
  Gemm<T> gemm = operands.gemm;
  const auto begin = Clock::now();
  int done = 0;
  while (seconds_since(begin) < seconds) {
    gemm.b = operands.gemm.b + done % operands.count * gemm.n * gemm.k;
    heed::kernels::gemm(gemm);
    ++done;
  }
  return done / seconds_since(begin);
}

/// Products per second of oneDNN: one sequential dnnl_sgemm on each of heed's number of threads, summed.
class OneDnn {
 public:
  explicit OneDnn(const Gemm<float>& shape) {
    for (int i = 0; i < heed::threads(); ++i) operands_.emplace_back(shape);
  }
  double rate(double seconds) {
    std::vector<double> rates(operands_.size());
    std::barrier start{static_cast<std::ptrdiff_t>(operands_.size())};
    std::vector<std::jthread> running;
    for (std::size_t i = 0; i < operands_.size(); ++i)
      running.emplace_back([&, i] {
        const Gemm<float>& gemm = operands_[i].gemm;
        heed::kernels::onednn::sgemm(gemm);
        start.arrive_and_wait();
        const auto begin = Clock::now();
        int done = 0;
        for (; seconds_since(begin) < seconds; ++done) heed::kernels::onednn::sgemm(gemm);
        rates[i] = done / seconds_since(begin);
      });
    running.clear();  // joins the threads
    double sum = 0;
    for (const double rate : rates) sum += rate;
    return sum;
  }

 private:
  std::vector<Operands<float>> operands_;
};

/// Measures the peak, heed and oneDNN in alternation, some tens of milliseconds each, and takes the best of each:
/// another process on one core delays a whole product, but only a part of the independent work.
template <class T>
void product(benchmark::State& state, Gemm<T> shape, std::int64_t matrices) {
  const Operands<T> operands{shape, matrices};
  std::vector<OneDnn> onednn;
  if constexpr (std::is_same_v<T, float>)
    if (heed::kernels::instruction_set() == heed::kernels::InstructionSet::avx2) onednn.emplace_back(shape);
  heed::kernels::gemm(operands.gemm);
  const double scale = operations(shape) * 1e-9;
  double best = 0, best_of_onednn = 0;
  static double peak = 0;
  for (auto _ : state) {
    peak = std::max(peak, bench::fma_rate(0.01));
    const double rate = heed_rate(operands, 0.02) * scale;
    best = std::max(best, rate);
    for (OneDnn& it : onednn) best_of_onednn = std::max(best_of_onednn, it.rate(0.02) * scale);
    state.SetIterationTime(scale / rate);
  }
  state.counters["gflops"] = best;
  state.counters["peak_share"] = best / peak * (static_cast<double>(sizeof(T)) / sizeof(float));
  if (!onednn.empty()) state.counters["dnnl_share"] = best / best_of_onednn;
}

template <class T>
void add(const std::string& family, std::int64_t m, std::int64_t n, std::int64_t k, const std::string& layout,
         std::int64_t matrices = 1) {
  Gemm<T> shape;
  shape.transpose_a = layout[0] == 'T';
  shape.transpose_b = layout[1] == 'T';
  shape.m = m;
  shape.n = n;
  shape.k = k;
  const std::string name =
      family + "/" + std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k) + "/" + layout;
  benchmark::RegisterBenchmark(name.c_str(), product<T>, shape, matrices)
      ->UseManualTime()
      ->Iterations(25)
      ->Unit(benchmark::kMicrosecond);
}

const bool added = [] {
  for (const auto& [m, n, k] :
       {std::array{1024, 768, 768}, {1024, 3072, 768}, {1024, 768, 3072}, {512, 512, 512}, {768, 768, 1024}})
    for (const char* layout : {"NN", "NT", "TN"}) add<float>("gemm", m, n, k, layout);
  for (const char* layout : {"NN", "NT", "TN"}) add<double>("gemm64", 512, 512, 512, layout);
  // Linear maps of few rows or columns, as in decoding: each with 64 MB of weights, which are read from memory.
  for (const auto& [m, n, k] : {std::array{4, 512, 512},
                                {16, 512, 512},
                                {32, 512, 512},
                                {96, 512, 512},
                                {32, 2048, 512},
                                {32, 512, 2048},
                                {1024, 64, 512},
                                {1024, 8, 512},
                                {160, 512, 512}}) {
    add<float>("gemm_rows", m, n, k, "NT", (1 << 24) / (n * k));
    add<double>("gemm64_rows", m, n, k, "NT", (1 << 23) / (n * k));
  }
  return true;
}();

}  // namespace
