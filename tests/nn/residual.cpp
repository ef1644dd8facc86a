#include <heed/heed.h>

#include "catch.h"
#include "difference.h"
#include "layers_check.h"

using namespace heed;
using Catch::Matchers::WithinRel;

namespace {

const Sequences ragged{3, 0, 1, 5};

/// A residual around a linear map.
template <class Residual>
struct Around {
  Size width;
  Residual residual{.width = width};
  nn::Linear sublayer{.in = width, .out = width};
  Tensor operator()(const Tensor& x) const { return residual(x, sublayer); }
};

/// In float64, every parameter random, beside its formula.
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

using nn::FeedForward, nn::LayerNorm, nn::MultiHeadAttention, nn::NormPlacement, nn::RmsNorm;
template <template <class> class Residual>
using LayerWith = nn::EncoderLayer<MultiHeadAttention, FeedForward, LayerNorm, Residual>;

/// The layer in an encoder and, while it writes token by token, in a language model.
template <template <class> class Residual>
void check_in_models() {
  CHECK_LAYER(nn::Encoder<LayerWith<Residual>>{.width = 4, .heads = 2, .depth = 2}, normal({9, 4}), ragged);
  auto model = nn::to(
      nn::LanguageModel<MultiHeadAttention, FeedForward, RmsNorm, Residual>{
          .vocabulary = 7, .width = 8, .heads = 2, .depth = 2, .groups = 1},
      float64);
  for (const auto& [path, parameter] : nn::named_parameters(model))  // ReZero begins with factors of 0
    no_grad([&, &p = parameter] { assign(p, p + normal(p.shape(), 0, 0.3, float64)); });
  nn::eval(model);
  auto state = model.begin(1);
  const Tensor whole = no_grad([&] { return model(tensor({3, 1, 6, 2}), Sequences{4}); });
  model.next(state, tensor({3, 1}), Sequences{2});
  CHECK(difference(model.next(state, tensor({6}), Sequences{1}), slice(whole, 0, 2, 3)) < 1e-12);
  CHECK(difference(model.next(state, tensor({2}), Sequences{1}), slice(whole, 0, 3, 4)) < 1e-12);
}

}  // namespace

TEST_CASE("residual connections are their formulas", "[nn]") {
  seed(1);
  check_formula(nn::PlacedNorm<>{.width = 4, .placement = NormPlacement::before},
                [](auto& r, auto& x, auto& f) { return x + f(normed(r.norm, x)); });
  check_formula(nn::PlacedNorm<>{.width = 4, .placement = NormPlacement::after},
                [](auto& r, auto& x, auto& f) { return normed(r.norm, x + f(x)); });
  check_formula(nn::Sandwich<>{.width = 4},
                [](auto& r, auto& x, auto& f) { return x + normed(r.after, f(normed(r.before, x))); });
  check_formula(nn::LayerScale<>{.width = 4},
                [](auto& r, auto& x, auto& f) { return x + r.scale * f(normed(r.norm, x)); });
  check_formula(nn::ReZero<>{.width = 4}, [](auto& r, auto& x, auto& f) { return x + r.alpha * f(x); });
  check_formula(nn::DeepNorm<>{.width = 4, .deep_norm_alpha = 1.5f},
                [](auto& r, auto& x, auto& f) { return normed(r.norm, 1.5 * x + f(x)); });
  const nn::Parallel<> parallel{.width = 4};
  const Tensor x = normal({3, 4}), h = parallel.norm(x);
  const auto twice = [](const Tensor& of) { return of * 2; };
  const auto bent = [](const Tensor& of) { return tanh(of); };
  CHECK(parallel(x, twice, bent).to_vector<float>() == (x + h * 2 + tanh(h)).to_vector<float>());
}

TEST_CASE("residual connections begin as their papers say", "[nn]") {
  CHECK(nn::LayerScale<>{.width = 2}.scale.to_vector<float>() == std::vector<float>{0.1f, 0.1f});
  CHECK(nn::LayerScale<>{.width = 2, .begin = 1e-5f}.scale.to_vector<float>() == std::vector<float>{1e-5f, 1e-5f});
  CHECK(nn::ReZero<>{.width = 2}.alpha.to_vector<float>() == std::vector<float>{0});
  const Tensor x = normal({9, 6});
  CHECK(nn::Encoder<LayerWith<nn::ReZero>>{.width = 6, .heads = 2, .depth = 3}(x, ragged).to_vector<float>() ==
        x.to_vector<float>());
}

TEST_CASE("layers with residual connections of each kind", "[nn]") {
  seed(2);
  CHECK_LAYER(Around<nn::Sandwich<>>{.width = 4}, normal({5, 4}));
  CHECK_LAYER(Around<nn::LayerScale<RmsNorm>>{.width = 4}, normal({5, 4}));
  CHECK_LAYER(Around<nn::DeepNorm<>>{.width = 4}, normal({5, 4}));
  CHECK_LAYER(Around<nn::PlacedNorm<>>{.width = 4}, normal({5, 4}));
  check_in_models<nn::PlacedNorm>();
  check_in_models<nn::Sandwich>();
  check_in_models<nn::LayerScale>();
  check_in_models<nn::DeepNorm>();
  check_in_models<nn::Parallel>();
  check_in_models<nn::ReZero>();
  CHECK_LAYER((nn::DecoderLayer<MultiHeadAttention, FeedForward, RmsNorm, nn::Sandwich>{.width = 4, .heads = 2}),
              normal({9, 4}), normal({10, 4}), ragged, Sequences{2, 4, 1, 3});
}

TEST_CASE("which stacks end with a norm", "[nn]") {
  const auto ends = [](const auto& stack) { return stack.norm.has_value(); };
  CHECK(ends(nn::Encoder<>{.width = 4, .heads = 2, .depth = 1}));
  CHECK(!ends(nn::Encoder<>{.width = 4, .heads = 2, .depth = 1, .placement = NormPlacement::after}));
  CHECK(ends(nn::Encoder<LayerWith<nn::Sandwich>>{.width = 4, .heads = 2, .depth = 1}));
  CHECK(ends(nn::Encoder<LayerWith<nn::LayerScale>>{.width = 4, .heads = 2, .depth = 1}));
  CHECK(ends(nn::Encoder<LayerWith<nn::Parallel>>{.width = 4, .heads = 2, .depth = 1}));
  CHECK(!ends(nn::Encoder<LayerWith<nn::ReZero>>{.width = 4, .heads = 2, .depth = 1}));
  CHECK(!ends(nn::Encoder<LayerWith<nn::DeepNorm>>{.width = 4, .heads = 2, .depth = 1}));
}

TEST_CASE("attention and feed-forward side by side read one norm", "[nn]") {
  seed(3);
  const LayerWith<nn::Parallel> layer{.width = 6, .heads = 2};
  const Tensor x = normal({9, 6}), h = layer.attention_residual.norm(x);
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

  const auto model = nn::EncoderDecoder<MultiHeadAttention, FeedForward, LayerNorm, nn::DeepNorm>{
      .vocabulary = 5, .width = 4, .heads = 1, .depth = 2, .decoder_depth = 3};
  CHECK(model.encoder.layers[1].attention_residual.deep_norm_alpha == nn::deep_norm_encoder_scales(2, 3).alpha);
  CHECK(model.decoder.layers[2].cross_attention_residual.deep_norm_alpha == nn::deep_norm_scales(9).alpha);
  CHECK(nn::Encoder<LayerWith<nn::DeepNorm>>{.width = 4, .heads = 1, .depth = 8}
            .layers[0]
            .feed_forward_residual.deep_norm_alpha == 2);
}

TEST_CASE("stochastic depth skips whole sequences while training", "[nn]") {
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

  const auto encoder = nn::Encoder<>{.width = 4, .heads = 2, .depth = 4, .stochastic_depth = 0.2f};
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(encoder.layers[i].skipping.probability == Approx(0.05 * static_cast<double>(i + 1)));
  CHECK_LAYER(encoder, normal({9, 4}), ragged);
}
