// Also tests nn/layers/parallel_layer.h, nn/layers/stochastic_depth.h.
#include <heed/heed.h>

#include "catch.h"
#include "layers_check.h"
#include "nn/difference.h"
#include "nn/models/small_models.h"

using namespace heed;
using Catch::Matchers::WithinRel;

namespace {

const Sequences ragged{3, 0, 1, 5};

/// Residual connection around a linear layer.
template <class Residual>
struct Around {
  Size width;
  Residual residual{.width = width};
  nn::Linear sublayer{.in = width, .out = width};
  Tensor operator()(const Tensor& x) const { return residual(x, sublayer); }
};

/// Compares a residual connection with its formula, in float64 with random parameters.
template <class Residual, class Formula>
void check_formula(const Residual& plain, const Formula& formula) {
  const auto residual = nn::to(plain, float64);
  for (const auto& [path, parameter] : nn::named_parameters(residual))
    no_grad([&, &p = parameter] { assign(p, normal(p.shape(), 1, 0.5, float64)); });
  const Tensor x = normal({3, 4}, 0, 1, float64);
  const auto sublayer = [](const Tensor& h) { return sin(h * 2 + 0.3); };
  CHECK(difference(residual(x, sublayer), formula(residual, x, sublayer)) < 1e-12);
}

/// (x - mean) / sqrt(variance + epsilon), scaled and shifted, from plain ops.
Tensor normed(const nn::LayerNorm& norm, const Tensor& x) {
  const Tensor centred = x - mean(x, {-1}, true);
  return norm.scale * centred / sqrt(mean(centred * centred, {-1}, true) + static_cast<double>(norm.epsilon)) +
         norm.bias;
}

template <class Residual>
auto encoder(const small::Sizes& sizes) {
  return small::encoder<nn::NoPositions, Residual>(sizes);
}

}  // namespace

TEST_CASE("residual connections equal their formulas", "[nn]") {
  seed(1);
  check_formula(nn::PreNorm<>{.width = 4}, [](auto& r, auto& x, auto& f) { return x + f(normed(r.norm, x)); });
  check_formula(nn::PostNorm<>{.width = 4}, [](auto& r, auto& x, auto& f) { return normed(r.norm, x + f(x)); });
  check_formula(nn::Sandwich<>{.width = 4},
                [](auto& r, auto& x, auto& f) { return x + normed(r.after, f(normed(r.before, x))); });
  check_formula(nn::LayerScale<>{.width = 4},
                [](auto& r, auto& x, auto& f) { return x + r.scale * f(normed(r.norm, x)); });
  check_formula(nn::ReZero{}, [](auto& r, auto& x, auto& f) { return x + r.alpha * f(x); });
  check_formula(nn::DeepNorm<>{.width = 4, .alpha = 1.5f},
                [](auto& r, auto& x, auto& f) { return normed(r.norm, 1.5 * x + f(x)); });
}

TEST_CASE("residual connections are initialised as in their papers", "[nn]") {
  CHECK(nn::LayerScale<>{.width = 2}.scale.to_vector<float>() == std::vector<float>{0.1f, 0.1f});
  CHECK(nn::LayerScale<>{.width = 2, .initial_scale = 1e-5f}.scale.to_vector<float>() ==
        std::vector<float>{1e-5f, 1e-5f});
  CHECK(nn::ReZero{}.alpha.to_vector<float>() == std::vector<float>{0});
  const Tensor x = normal({9, 6});
  CHECK(encoder<nn::ReZero>({.width = 6, .depth = 3})(x, ragged).to_vector<float>() == x.to_vector<float>());
}

TEST_CASE("layers with residual connections of each kind", "[nn]") {
  seed(2);
  CHECK_LAYER(Around<nn::PreNorm<>>{.width = 4}, normal({5, 4}));
  CHECK_LAYER(Around<nn::PostNorm<>>{.width = 4}, normal({5, 4}));
  CHECK_LAYER(Around<nn::Sandwich<>>{.width = 4}, normal({5, 4}));
  CHECK_LAYER(Around<nn::LayerScale<nn::RmsNorm>>{.width = 4}, normal({5, 4}));
  CHECK_LAYER(Around<nn::DeepNorm<>>{.width = 4}, normal({5, 4}));
}

TEST_CASE("final_norm is a norm for stacks that need one", "[nn]") {
  const auto ends = []<class Residual>() { return !std::is_same_v<decltype(encoder<Residual>({}).norm), nn::NoNorm>; };
  CHECK(ends.operator()<nn::PreNorm<>>());
  CHECK(!ends.operator()<nn::PostNorm<>>());
  CHECK(ends.operator()<nn::Sandwich<>>());
  CHECK(ends.operator()<nn::LayerScale<>>());
  CHECK(!ends.operator()<nn::ReZero>());
  CHECK(!ends.operator()<nn::DeepNorm<>>());
  using Parallel = nn::ParallelLayer<nn::MultiHeadAttention<>, nn::FeedForward>;
  CHECK(std::is_same_v<decltype(nn::final_norm<Parallel, nn::RmsNorm>(4)), nn::RmsNorm>);
}

TEST_CASE("attention and feed-forward layer of a ParallelLayer share one norm", "[nn]") {
  seed(3);
  const nn::ParallelLayer layer{.attention = nn::MultiHeadAttention<>{.width = 6, .heads = 2},
                                .feed_forward = nn::FeedForward{.width = 6}};
  const Tensor x = normal({9, 6}), h = layer.norm(x);
  CHECK(layer(x, ragged).to_vector<float>() ==
        (x + layer.attention(h, ragged) + layer.feed_forward(h)).to_vector<float>());
}

TEST_CASE("DeepNorm's constants are those of the paper's table", "[nn]") {
  const auto bert = nn::deep_norm_scales(2 * 12);  // alpha = (2 N)^(1/4), beta = (8 N)^(-1/4)
  CHECK_THAT(bert.alpha, WithinRel(std::pow(24.0, 0.25), 1e-6));
  CHECK_THAT(bert.beta, WithinRel(std::pow(96.0, -0.25), 1e-6));
  const auto decoder = nn::deep_norm_scales(3 * 6);  // alpha = (3 M)^(1/4), beta = (12 M)^(-1/4)
  CHECK_THAT(decoder.alpha, WithinRel(std::pow(18.0, 0.25), 1e-6));
  CHECK_THAT(decoder.beta, WithinRel(std::pow(72.0, -0.25), 1e-6));
  const auto encoder = nn::deep_norm_encoder_scales(18, 6);
  CHECK_THAT(encoder.alpha, WithinRel(0.81 * std::pow(18.0 * 18 * 18 * 18 * 6, 1.0 / 16), 1e-6));
  CHECK_THAT(encoder.beta, WithinRel(0.87 * std::pow(18.0 * 18 * 18 * 18 * 6, -1.0 / 16), 1e-6));
}

TEST_CASE("stochastic depth drops whole sequences in training", "[nn]") {
  seed(4);
  auto skipping = nn::StochasticDepth{.probability = 0.25f};
  const auto batch = Sequences::equal(4000, 2);
  const auto y = skipping(ones({8000, 1}), batch).to_vector<float>();
  std::size_t kept = 0;
  for (std::size_t s = 0; s < 4000; ++s) {
    CHECK(y[2 * s] == y[2 * s + 1]);
    CHECK((y[2 * s] == 0 || y[2 * s] == Approx(1 / 0.75)));
    if (y[2 * s] > 0) ++kept;
  }
  CHECK(kept > 2900);
  CHECK(kept < 3100);
  nn::eval(skipping);
  CHECK(skipping(ones({8000, 1}), batch).to_vector<float>() == std::vector<float>(8000, 1));

  const auto stack = nn::Stack{.layers = nn::repeat(4, [](int i) {
                                 return nn::EncoderLayer{.stochastic_depth = nn::StochasticDepth::of_layer(0.2f, i, 4),
                                                         .attention = nn::MultiHeadAttention<>{.width = 4, .heads = 2},
                                                         .feed_forward = nn::FeedForward{.width = 4}};
                               })};
  const auto model = nn::gpt({.vocabulary = 5, .width = 4, .heads = 2, .depth = 4, .stochastic_depth = 0.2f});
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(stack.layers[i].depth_dropout.probability == Approx(0.05 * static_cast<double>(i + 1)));
    CHECK(model.layers.layers[i].depth_dropout.probability == Approx(0.05 * static_cast<double>(i + 1)));
  }
  CHECK_LAYER(stack, normal({9, 4}), nn::Pass(ragged));
}
