// Attention forward and backward, with 4,096 tokens in sequences of equal length, 12 heads of width 64: the work per
// token grows with the length. gflops counts 2 products in forward and 5 in backward over the pairs of query and key
// that are not masked; peak_share is the share of the cores' peak, measured in alternation. The kernels take 1.11 times
// as long as their products alone at lengths 128 and 512, 1.17 at 2,048 (Zen 5, one thread).
#include <benchmark/benchmark.h>
#include <fmt/core.h>
#include <heed/autodiff/backward.h>
#include <heed/graph/ambient.h>
#include <heed/ops/attention/attention.h>
#include <heed/ops/math/arithmetic.h>
#include <heed/ops/reduce/reduce.h>
#include <heed/ops/shape/view.h>

#include <vector>

#include "numbers.h"
#include "rate.h"
#include "task.h"

namespace {

constexpr std::int64_t tokens = 4096, heads = 12, width = 64;

/// Value: mean square of y without dropout.
bench::Work work(std::int64_t length, const heed::AttentionOptions& options) {
  const heed::Sequences sequences = heed::Sequences::equal(tokens / length, length);
  const auto numbers = [](int first) { return bench::numbers({tokens, heads, width}, first); };
  const heed::Tensor query = numbers(1), key = numbers(2), value = numbers(3), dy = numbers(4);
  for (const heed::Tensor& input : {query, key, value}) input.require_grad();
  return {[=] {
            const heed::NoGrad scope;
            const heed::Tensor y =
                heed::attention(query, key, value, sequences, {.mask = options.mask, .bias = options.bias});
            return heed::mean(y * y).item();
          },
          [=] {
            heed::backward(heed::attention(query, key, value, sequences, options), dy);
            for (const heed::Tensor& input : {query, key, value}) input.clear_grad();
          }};
}

void attention(benchmark::State& state, const heed::AttentionOptions& options, bool is_causal = false) {
  const std::int64_t length = state.range(0);
  const double keys = is_causal ? static_cast<double>(length + 1) / 2 : static_cast<double>(length);
  const double operations = static_cast<double>(tokens * heads) * keys * 7 * 2 * width;
  bench::run_beside_peak(state, operations, work(length, options).step);
}

/// Shaw's relative keys, for distances up to 16.
heed::Tensor relative_keys(const heed::Tensor& distances) {
  static const auto function = heed::clipped_distances(bench::numbers({33, 1, width}, 5));
  return function(distances);
}

void lengths(benchmark::internal::Benchmark* row) {
  row->Arg(128)->Arg(512)->Arg(2048)->UseManualTime()->Unit(benchmark::kMillisecond);
}

BENCHMARK_CAPTURE(attention, plain, {})->Name("attention")->Apply(lengths);
BENCHMARK_CAPTURE(attention, causal, {.mask = heed::causal()}, true)->Name("attention_causal")->Apply(lengths);
BENCHMARK_CAPTURE(attention, alibi, {.mask = heed::causal(), .bias = heed::alibi(heed::alibi_slopes(heads))}, true)
    ->Name("attention_alibi")
    ->Apply(lengths);
BENCHMARK_CAPTURE(attention, relative, {.mask = heed::causal(), .relative_keys = relative_keys}, true)
    ->Name("attention_relative")
    ->Apply(lengths);
BENCHMARK_CAPTURE(attention, dropout, {.dropout = 0.1f})->Name("attention_dropout")->Apply(lengths);

}  // namespace

std::vector<bench::Task> bench::attention_tasks() {
  const std::pair<const char*, heed::AttentionOptions> kinds[] = {
      {"attention", {}},
      {"attention_causal", {.mask = heed::causal()}},
      {"attention_alibi", {.mask = heed::causal(), .bias = heed::alibi(heed::alibi_slopes(heads))}},
      {"attention_dropout", {.dropout = 0.1f}}};
  std::vector<Task> tasks;
  for (const auto& [name, options] : kinds)
    for (const std::int64_t length : {128, 512, 2048})
      tasks.push_back({fmt::format("{}/{}", name, length), tokens,
                       [length, chosen = options](const std::string&) { return work(length, chosen); }});
  return tasks;
}
