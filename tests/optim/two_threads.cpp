// Two threads train a model each at the same time: the bits are those of training them one after the other.
#include <heed/heed.h>

#include <thread>

#include "catch.h"

using namespace heed;

namespace {

/// Returns the weights after a few steps.
std::vector<float> train_one(std::uint64_t random_seed) {
  seed(random_seed);
  const auto layer = [](int) {
    return nn::EncoderLayer{.dropout = 0.2f,
                            .attention = nn::MultiHeadAttention<>{.width = 32, .heads = 4, .dropout = 0.2f},
                            .feed_forward = nn::FeedForward{.width = 32}};
  };
  const auto encoder = nn::Stack{.layers = nn::repeat(2, layer), .norm = nn::LayerNorm{.width = 32}};
  optim::AdamW adam{nn::parameters(encoder)};
  const Sequences sequences{60, 3, 0, 65};
  for (int step = 0; step < 8; ++step) {
    Tensor y = encoder(normal({128, 32}), nn::Pass(sequences, {.mask = causal()}));
    backward(mean(y * y * normal({128, 32})));
    optim::clip_norm(adam.parameters(), 1.0);
    adam.step(1e-2);
  }
  std::vector<float> weights;
  for (const auto& parameter : adam.parameters())
    for (float value : parameter.data<float>()) weights.push_back(value);
  return weights;
}

}  // namespace

TEST_CASE("two threads train two models", "[optim]") {
  const auto first = train_one(1), second = train_one(2);
  CHECK(first != second);
  const std::int64_t nodes = live_nodes();
  for (int repeat = 0; repeat < 3; ++repeat) {
    std::vector<float> at_once_first, at_once_second;
    std::thread other([&] { at_once_second = train_one(2); });
    at_once_first = train_one(1);
    other.join();
    CHECK(at_once_first == first);
    CHECK(at_once_second == second);
  }
  CHECK(live_nodes() == nodes);
}
