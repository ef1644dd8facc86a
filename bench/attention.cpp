// Attention forward and backward, with 4,096 tokens in sequences of one length, 12 heads of width 64: the longer the
// sequences, the more work a token makes. gflops counts 2 products forward and 5 backward over the pairs of query and
// key that the mask lets through; peak_share is their share of what the cores can do, measured in the same run.
#include <benchmark/benchmark.h>
#include <heed/autodiff/backward.h>
#include <heed/graph/create.h>
#include <heed/ops/attention.h>

#include <vector>

#include "peak.h"

namespace {

constexpr std::int64_t tokens = 4096, heads = 12, width = 64;

heed::Tensor numbers(int seed) {
  std::vector<float> values(static_cast<std::size_t>(tokens * heads * width));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(static_cast<int>((i * 31 + static_cast<std::size_t>(seed)) % 97) - 48) / 32;
  return heed::tensor(values, {tokens, heads, width});
}

void attention(benchmark::State& state, const heed::AttentionOptions& options) {
  const std::int64_t length = state.range(0);
  const heed::Sequences sequences = heed::Sequences::equal(tokens / length, length);
  const heed::Tensor query = numbers(1), key = numbers(2), value = numbers(3), dy = numbers(4);
  for (const heed::Tensor& input : {query, key, value}) input.require_grad();
  for (auto _ : state) {
    heed::backward(heed::attention(query, key, value, sequences, options), dy);
    for (const heed::Tensor& input : {query, key, value}) input.clear_grad();
  }
  const double pairs =
      static_cast<double>(tokens * heads) * static_cast<double>(options.mask.is_causal() ? (length + 1) / 2 : length);
  const double rate = pairs * 7 * 2 * width * 1e-9;
  state.counters["gflops"] = benchmark::Counter(rate, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["peak"] = bench::fma_rate(0.02);
}

BENCHMARK_CAPTURE(attention, plain, heed::AttentionOptions{})
    ->Name("attention")
    ->Arg(128)
    ->Arg(512)
    ->Arg(2048)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(attention, causal, {.mask = heed::causal()})
    ->Name("attention_causal")
    ->Arg(128)
    ->Arg(512)
    ->Arg(2048)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(attention, dropout, {.dropout = 0.1f})
    ->Name("attention_dropout")
    ->Arg(128)
    ->Arg(512)
    ->Arg(2048)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
