// Whole training steps: tokens/s, and what a step asks of the system.
#include <benchmark/benchmark.h>
#include <heed/heed.h>
#include <sys/resource.h>

#include "../tests/count_malloc.h"

namespace {

using namespace heed;

double page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_minflt);
}

/// One step of a masked language model's kind: 4 layers of width 256 on 8 x 128 tokens, a loss at every seventh.
void train_encoder(benchmark::State& state) {
  seed(1);
  constexpr std::int64_t vocabulary = 8192, width = 256, batch = 8, length = 128;
  auto embedding = nn::Embedding{.count = vocabulary, .width = width};
  auto positions = nn::LearnedPositions{.longest = length, .width = width};
  auto encoder = nn::Encoder<>{.width = width, .heads = 4, .depth = 4, .dropout = 0.1f};
  auto parameters = nn::parameters(encoder);
  for (const auto& more : {nn::parameters(embedding), nn::parameters(positions)})
    parameters.insert(parameters.end(), more.begin(), more.end());
  optim::AdamW adam{parameters};

  const Sequences sequences = Sequences::equal(batch, length);
  const Tensor tokens = cast(uniform({batch * length}, 0, vocabulary), int64);
  const Tensor places = arange(batch * length / 7);
  const Tensor labels = cast(uniform({places.elements()}, 0, vocabulary), int64);
  const auto step = [&] {
    Tensor hidden = encoder(embedding(tokens) + positions(sequences), sequences);
    backward(linear_cross_entropy(gather_rows(hidden, places), embedding.weight, {}, labels));
    optim::clip_norm(adam.parameters(), 1.0);
    adam.step(1e-4);
  };
  for (int i = 0; i < 5; ++i) step();
  reset_peak_memory();
  const double faults = page_faults(), mallocs = static_cast<double>(test::mallocs),
               inside = static_cast<double>(test::mallocs_onednn);
  for (auto _ : state) step();
  const auto steps = static_cast<double>(state.iterations());
  // The loop of Google Benchmark itself neither allocates nor faults while it runs.
  state.counters["mallocs"] = (static_cast<double>(test::mallocs) - mallocs) / steps;
  state.counters["mallocs_onednn"] = (static_cast<double>(test::mallocs_onednn) - inside) / steps;
  state.counters["page_faults"] = (page_faults() - faults) / steps;
  state.counters["peak_bytes"] = static_cast<double>(memory_report().peak);
  state.counters["tokens_per_second"] =
      benchmark::Counter(static_cast<double>(batch * length), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(train_encoder)->Name("train/encoder")->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(2);

}  // namespace
