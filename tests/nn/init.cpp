#include <heed/heed.h>

#include <algorithm>
#include <cmath>

#include "catch.h"
#include "small_models.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

struct Moments {
  double mean, stddev, largest;
};
Moments moments(const Tensor& x) {
  double sum = 0, squares = 0, largest = 0;
  const auto values = cast(x.detach(), float64).to_vector<double>();
  for (const double value : values) {
    sum += value;
    squares += value * value;
    largest = std::max(largest, std::abs(value));
  }
  const auto n = static_cast<double>(values.size());
  return {sum / n, std::sqrt(squares / n), largest};
}

void check_biases(const nn::Linear& layer) {
  for (const float value : layer.bias->to_vector<float>()) CHECK(value == 0);
}

}  // namespace

TEST_CASE("init_xavier, init_he and init_truncated_normal have the formulas' deviations", "[nn]") {
  seed(1);
  const auto layer = nn::Linear{.in = 200, .out = 100};
  nn::init_xavier(layer);
  CHECK(moments(layer.weight).largest <= std::sqrt(6.0 / 300));
  CHECK(moments(layer.weight).stddev == Approx(std::sqrt(2.0 / 300)).epsilon(0.02));
  check_biases(layer);
  nn::init_xavier(layer, 3);
  CHECK(moments(layer.weight).stddev == Approx(3 * std::sqrt(2.0 / 300)).epsilon(0.02));

  nn::init_he(layer);
  CHECK(moments(layer.weight).stddev == Approx(std::sqrt(2.0 / 200)).epsilon(0.02));
  CHECK(moments(layer.weight).mean == Approx(0).margin(0.005));
  check_biases(layer);

  nn::init_truncated_normal(layer, 0.1f);
  CHECK(moments(layer.weight).largest <= 0.2 + 1e-6);
  CHECK(moments(layer.weight).stddev == Approx(0.088).epsilon(0.02));  // of a normal cut at two deviations
  check_biases(layer);

  const auto convolution = nn::Conv2d{.in = 8, .out = 16, .window = 5};  // 200 inputs, 400 outputs
  nn::init_he(convolution);
  CHECK(moments(convolution.weight).stddev == Approx(std::sqrt(2.0 / 200)).epsilon(0.05));
  nn::init_xavier(convolution);
  CHECK(moments(convolution.weight).stddev == Approx(std::sqrt(2.0 / 600)).epsilon(0.05));

  const auto norm = nn::LayerNorm{.width = 3};
  nn::init_he(norm);
  CHECK(norm.scale.to_vector<float>() == std::vector<float>{1, 1, 1});
}

TEST_CASE("init_gpt2 begins the ends of branches smaller", "[nn]") {
  seed(2);
  const auto model = small::encoder_decoder({.vocabulary = 50, .width = 64, .depth = 1});
  nn::init_gpt2(model, 4, 0.1f);
  const auto& layer = model.decoder.layers[0];
  for (const Tensor& half : {Tensor(layer.attention.output.weight), Tensor(layer.cross_attention.output.weight),
                             Tensor(layer.feed_forward.down.weight)})
    CHECK(moments(half).stddev == Approx(0.05).epsilon(0.05));
  for (const Tensor& whole : {Tensor(layer.attention.query.weight), Tensor(layer.feed_forward.up.weight),
                              Tensor(model.embedding.embedding.weight)})
    CHECK(moments(whole).stddev == Approx(0.1).epsilon(0.05));
  CHECK_THROWS_MATCHES(nn::init_gpt2(model, 0), Error, Message("init_gpt2: branches is 0, but it must be at least 1"));
}

TEST_CASE("init_deep_norm begins what ends in a residual sum smaller", "[nn]") {
  seed(5);
  const auto model = small::encoder_decoder({.vocabulary = 50, .width = 64, .depth = 1});
  nn::init_deep_norm(model.decoder, 0.4f);
  const auto& layer = model.decoder.layers[0];
  const double square = std::sqrt(2.0 / 128), wide = std::sqrt(2.0 / 320);
  for (const Tensor& small : {Tensor(layer.attention.value.weight), Tensor(layer.attention.output.weight),
                              Tensor(layer.cross_attention.value.weight), Tensor(layer.cross_attention.output.weight)})
    CHECK(moments(small).stddev == Approx(0.4 * square).epsilon(0.05));
  for (const Tensor& small : {Tensor(layer.feed_forward.up.weight), Tensor(layer.feed_forward.down.weight)})
    CHECK(moments(small).stddev == Approx(0.4 * wide).epsilon(0.05));
  for (const Tensor& whole : {Tensor(layer.attention.query.weight), Tensor(layer.cross_attention.key.weight)})
    CHECK(moments(whole).stddev == Approx(square).epsilon(0.05));
  CHECK(moments(*layer.feed_forward.up.bias).largest == 0);
}

TEST_CASE("init_orthogonal keeps lengths", "[nn]") {
  seed(3);
  for (const auto& [in, out] : {std::pair{30, 30}, {40, 7}, {7, 40}, {1, 5}}) {
    const auto layer = nn::to(nn::Linear{.in = in, .out = out}, float64);
    nn::init_orthogonal(layer, 2);
    const Tensor w = layer.weight.detach();
    const Tensor products = in < out ? matmul(transpose(w), w) : matmul(w, transpose(w));
    const auto found = products.to_vector<double>();
    const auto n = static_cast<std::size_t>(std::min(in, out));
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j) CHECK(found[i * n + j] == Approx(i == j ? 4 : 0).margin(1e-13));
    CHECK(moments(*layer.bias).largest == 0);
  }
  const auto convolution = nn::Conv1d{.in = 3, .out = 4, .window = 2};
  nn::init_orthogonal(convolution);
  const Tensor rows = reshape(convolution.weight.detach(), {4, 6});
  const auto products = matmul(rows, transpose(rows)).to_vector<float>();
  for (std::size_t i = 0; i < 16; ++i) CHECK(products[i] == Approx(i % 5 == 0 ? 1 : 0).margin(1e-6));

  const auto again = nn::Linear{.in = 5, .out = 3};
  seed(4);
  nn::init_orthogonal(again);
  const auto first = again.weight.to_vector<float>();
  seed(4);
  nn::init_orthogonal(again);
  CHECK(again.weight.to_vector<float>() == first);
}
