// A whole training step of a small encoder.
#include <heed/heed.h>

#include "steps.h"

namespace {

using namespace heed;

/// One step of masked language modelling: 4 layers of width 256 on 8 x 128 tokens, a loss at every seventh token.
void train_encoder(benchmark::State& state) {
  seed(1);
  constexpr std::int64_t vocabulary = 8192, width = 256, batch = 8, length = 128;
  auto embedding = nn::Embedding{.count = vocabulary, .width = width};
  auto positions = nn::LearnedPositions{.max_length = length, .width = width};
  const auto layer = [](int) {
    return nn::EncoderLayer{.dropout = 0.1f,
                            .attention = nn::MultiHeadAttention<>{.width = width, .heads = 4, .dropout = 0.1f},
                            .feed_forward = nn::FeedForward{.width = width}};
  };
  auto encoder = nn::Stack{.layers = nn::repeat(4, layer), .norm = nn::LayerNorm{.width = width}};
  auto parameters = nn::parameters(encoder);
  for (const auto& more : {nn::parameters(embedding), nn::parameters(positions)})
    parameters.insert(parameters.end(), more.begin(), more.end());
  optim::AdamW adam{parameters};

  const Sequences sequences = Sequences::equal(batch, length);
  const Tensor tokens = cast(uniform({batch * length}, 0, vocabulary), int64);
  const Tensor places = arange(batch * length / 7);
  const Tensor labels = cast(uniform({places.elements()}, 0, vocabulary), int64);
  bench::run_steps(state, batch * length, [&] {
    Tensor hidden = encoder(embedding(tokens) + positions(sequences), sequences);
    backward(linear_cross_entropy(gather_rows(hidden, places), embedding.weight, {}, labels));
    optim::clip_norm(adam.parameters(), 1.0);
    adam.step(1e-4);
  });
}
BENCHMARK(train_encoder)->Name("train/encoder")->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(2);

}  // namespace
