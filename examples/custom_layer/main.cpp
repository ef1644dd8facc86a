// A custom layer: a plain struct, whose fields are hyperparameters, parameters and sublayers.
#include <fmt/core.h>
#include <heed/heed.h>

#include <filesystem>

using namespace heed;

/// Gated feed-forward layer: y = down(sigmoid(gate(x)) * up(x)).
/// Dauphin et al. 2017, arXiv:1612.08083.
struct GatedFeedForward {
  Size width, hidden = 4 * width;
  nn::Linear gate{.in = width, .out = hidden}, up{.in = width, .out = hidden}, down{.in = hidden, .out = width};
  static constexpr auto output_projection = &GatedFeedForward::down;
  static constexpr auto branch_weights =
      std::tuple(&GatedFeedForward::gate, &GatedFeedForward::up, &GatedFeedForward::down);

  Tensor operator()(const Tensor& x) const { return down(sigmoid(gate(x)) * up(x)); }
};

int main() {
  seed(1);
  // Tests gradients against finite differences, threads, saving and loading, cloning, training and evaluation.
  const auto report = nn::check(GatedFeedForward{.width = 6}, normal({5, 6}));
  fmt::print("{}\n", report.text());

  // It replaces the library's feed-forward layer in an encoder layer.
  const auto layer = [](int) {
    return nn::EncoderLayer{.attention = nn::MultiHeadAttention<>{.width = 16, .heads = 2},
                            .feed_forward = GatedFeedForward{.width = 16}};
  };
  const auto encoder = nn::Stack{.layers = nn::repeat(2, layer), .norm = nn::LayerNorm{.width = 16}};
  fmt::print("{}", nn::summary(encoder));
  const auto sequences = Sequences{3, 5};
  Tensor y = encoder(normal({8, 16}), sequences);
  backward(mean(y * y));
  std::filesystem::create_directories("out");
  nn::save(encoder, "out/gated.safetensors");
  return report ? 0 : 1;
}
