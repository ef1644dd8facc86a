// Also tests nn/attention/attention.h, nn/fields/check.h, nn/layers/convolution.h, nn/layers/dropout.h.
// Also tests nn/layers/embedding.h, nn/layers/encoder_layer.h, nn/layers/feed_forward.h, nn/layers/linear.h.
// Also tests nn/layers/norm.h, nn/layers/stack.h.
#include <heed/heed.h>

#include <cmath>

#include "catch.h"
#include "layers_check.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

const Sequences ragged{3, 0, 1, 5};
const nn::Pass causal_pass(ragged, {.mask = causal()});

}  // namespace

TEST_CASE("Linear", "[nn]") {
  seed(1);
  CHECK_LAYER(nn::Linear{.in = 5, .out = 3}, normal({4, 5}));
  CHECK_LAYER(nn::Linear{.in = 5, .out = 3, .biased = false}, normal({4, 5}));
  CHECK_THROWS_MATCHES(
      (nn::Linear{.in = 256, .out = 10}(ones({32, 784}))), Error,
      Message("Linear{in = 256, out = 10, biased = true}: x is [32, 784], but its last axis must be 256 (in)"));
}

TEST_CASE("Embedding", "[nn]") {
  seed(1);
  CHECK_LAYER(nn::Embedding{.count = 7, .width = 4}, tensor<std::int64_t>({6, 0, 6, 3}));
}

TEST_CASE("LayerNorm", "[nn]") {
  seed(1);
  CHECK_LAYER(nn::LayerNorm{.width = 6}, normal({4, 6}));
}

TEST_CASE("RmsNorm", "[nn]") {
  seed(1);
  CHECK_LAYER(nn::RmsNorm{.width = 6}, normal({4, 6}));
  CHECK_THROWS_MATCHES(
      (nn::RmsNorm{.width = 4}(ones({3, 5}))), Error,
      Message("RmsNorm{width = 4, epsilon = 1e-05}: x is [3, 5], but its last axis must be 4 (width)"));
}

TEST_CASE("GroupNorm", "[nn]") {
  seed(1);
  CHECK_LAYER(nn::GroupNorm{.channels = 4, .groups = 2}, normal({3, 4, 5}));
  CHECK_THROWS_MATCHES((nn::GroupNorm{.channels = 4, .groups = 3}(ones({3, 4}))), Error,
                       Message("GroupNorm{channels = 4, groups = 3, epsilon = 1e-05}: groups must divide channels"));
}

TEST_CASE("BatchNorm", "[nn]") {
  seed(1);
  CHECK_LAYER(nn::BatchNorm{.channels = 3}, normal({4, 3, 2}));
  auto layer = nn::BatchNorm{.channels = 2, .momentum = 1};
  const Tensor x = normal({50, 2}, 3, 2), while_training = layer(x);
  nn::eval(layer);  // running statistics are those of the last batch, the variance times 50 / 49
  const auto expected = while_training.to_vector<float>(), found = layer(x).to_vector<float>();
  for (std::size_t i = 0; i < found.size(); ++i) CHECK(found[i] == Approx(expected[i] * std::sqrt(0.98f)).margin(1e-5));
  CHECK(nn::parameter_count(layer) == 4);
}

TEST_CASE("Conv1d", "[nn]") {
  seed(1);
  CHECK_LAYER(nn::Conv1d{.in = 3, .out = 2, .kernel_size = 3, .padding = 1}, normal({2, 3, 5}));
  CHECK_LAYER(nn::Conv1d{.in = 4, .out = 6, .kernel_size = 2, .stride = 2, .groups = 2, .biased = false},
              normal({2, 4, 5}));
}

TEST_CASE("Conv2d", "[nn]") {
  seed(1);
  CHECK_LAYER(nn::Conv2d{.in = 2, .out = 3, .kernel_size = 3, .padding = 1}, normal({2, 2, 4, 3}));
  CHECK_LAYER(nn::Conv2d{.in = 3, .out = 4, .kernel_size = 2, .stride = 2}, normal({2, 3, 4, 4}));
  CHECK(nn::parameter_count(nn::Conv2d{.in = 3, .out = 4, .kernel_size = 2}) == 3 * 4 * 4 + 4);
}

TEST_CASE("Dropout", "[nn]") {
  seed(1);
  CHECK_LAYER(nn::Dropout{.probability = 0.3f}, normal({4, 6}));
  auto dropout = nn::Dropout{.probability = 0.25f};
  const Tensor x = ones({100, 100});
  const double kept = mean(dropout(x)).item();
  CHECK(kept == Approx(1).margin(0.03));
  nn::eval(dropout);
  CHECK(dropout(x).is(x));
}

TEST_CASE("FeedForward", "[nn]") {
  seed(1);
  CHECK_LAYER(nn::FeedForward{.width = 4}, normal({5, 4}));
  CHECK(nn::parameter_count(nn::FeedForward{.width = 4}) == 4 * 16 + 16 + 16 * 4 + 4);
}

TEST_CASE("MultiHeadAttention", "[nn]") {
  seed(1);
  CHECK_LAYER(nn::MultiHeadAttention<>{.width = 6, .heads = 2}, normal({9, 6}), ragged);
  CHECK_LAYER(nn::MultiHeadAttention<>{.width = 6, .heads = 3, .dropout = 0.2f}, normal({9, 6}), causal_pass);
  CHECK_LAYER((nn::MultiHeadAttention<>{.width = 6, .heads = 2, .window = 2, .scale = 0.3}), normal({9, 6}),
              causal_pass);
  CHECK_THROWS_MATCHES(
      (nn::MultiHeadAttention<>{.width = 10, .heads = 4}(normal({9, 10}), ragged)), Error,
      Message(
          "MultiHeadAttention{width = 10, heads = 4, dropout = 0, key_heads = 4, key_width = 2, value_width = 2, "
          "window = 0, scale = 0.7071067811865475, biased = true, query_key_norm = false, gated = false}: heads must "
          "divide width"));
  CHECK_THROWS_WITH((nn::MultiHeadAttention<>{.width = 6, .heads = 2, .window = -1}(normal({9, 6}), ragged)),
                    Catch::Matchers::EndsWith("window must be at least 0"));
}

TEST_CASE("CrossAttention", "[nn]") {
  seed(1);
  const Sequences memory{2, 4, 1, 3};
  CHECK_LAYER(nn::CrossAttention{.width = 6, .heads = 2}, normal({9, 6}),
              nn::Pass(ragged, {}, nn::Memory{normal({10, 6}), memory}));
  CHECK_LAYER((nn::CrossAttention{.width = 6, .heads = 2, .memory_width = 5}), normal({9, 6}),
              nn::Pass(ragged, {}, nn::Memory{normal({10, 5}), memory}));
  CHECK_THROWS_WITH((nn::CrossAttention{.width = 6, .heads = 2}(normal({9, 6}), ragged)),
                    Catch::Matchers::Contains("a layer reads the memory, but the pass has none"));
}

TEST_CASE("EncoderLayer", "[nn]") {
  seed(1);
  const auto check = [&]<class Residual>(const Residual*) {
    using Layer = nn::EncoderLayer<nn::MultiHeadAttention<>, nn::FeedForward, Residual>;
    CHECK_LAYER((Layer{.attention = nn::MultiHeadAttention<>{.width = 6, .heads = 2},
                       .feed_forward = nn::FeedForward{.width = 6}}),
                normal({9, 6}), ragged);
    CHECK_LAYER((Layer{.dropout = 0.1f,
                       .attention = nn::MultiHeadAttention<>{.width = 4, .heads = 2, .dropout = 0.1f},
                       .feed_forward = nn::FeedForward{.width = 4}}),
                normal({9, 4}), causal_pass);
  };
  check(static_cast<const nn::PreNorm<>*>(nullptr));
  check(static_cast<const nn::PostNorm<>*>(nullptr));
}

TEST_CASE("Stack", "[nn]") {
  seed(1);
  const auto layer = [](int) {
    return nn::EncoderLayer{.attention = nn::MultiHeadAttention<>{.width = 4, .heads = 2, .dropout = 0.2f},
                            .feed_forward = nn::FeedForward{.width = 4}};
  };
  const nn::Stack stack{.layers = nn::repeat(2, layer), .norm = nn::LayerNorm{.width = 4}};
  CHECK_LAYER(stack, normal({9, 4}), ragged);
  CHECK_LAYER((nn::Stack{.repeats = 2, .layers = nn::repeat(2, layer)}), normal({9, 4}), causal_pass);
  CHECK(stack.layers.size() == 2);
  CHECK(nn::named_parameters(stack)[0].first == "layers.0.attention.query.weight");
  CHECK(nn::named_parameters(stack).back().first == "norm.bias");
}

TEST_CASE("LearnedPositions", "[nn]") {
  seed(1);
  CHECK_LAYER(nn::LearnedPositions{.max_length = 5, .width = 4}, ragged);
  CHECK_THROWS_MATCHES(
      (nn::LearnedPositions{.max_length = 4, .width = 2}(ragged)), Error,
      Message("LearnedPositions{max_length = 4, width = 2, stddev = 0.02}: the longest sequence is 5, but "
              "at most 4 (max_length) is possible"));
}

// Layers with one mistake each, which nn::check must find.
namespace {

struct WrongGradient {
  Size width;
  nn::Parameter scale = ones({width});
  Tensor operator()(const Tensor& x) const {
    return differentiable("wrong", {x, scale}, no_grad([&] { return x * scale; }),
                          [x, s = scale](const Tensor& dy) { return Gradients{dy * s * 1.01, sum(dy * x, {0})}; });
  }
};

struct Forgotten {
  Size width;
  nn::Parameter scale = ones({width}), unused = ones({width});
  Tensor operator()(const Tensor& x) const { return x * scale; }
};

struct MixesRows {
  Size width;
  nn::Parameter scale = ones({width});
  Tensor operator()(const Tensor& x) const { return x * scale - mean(x, {0}); }
};

struct AddsRow {
  Size width;
  nn::Parameter scale = ones({width});
  Tensor operator()(const Tensor& x) const { return concat({x * scale, zeros({1, width}, x.dtype())}); }
};

struct IgnoresMode {
  Size width;
  nn::Parameter scale = ones({width});
  Tensor operator()(const Tensor& x) const { return dropout(x * scale, 0.5, true); }
};

struct MixesSequences {
  Size width;
  nn::Parameter scale = ones({width});
  Tensor operator()(const Tensor& x, const Sequences&) const { return x * scale - mean(x, {0}); }
};

struct DetachesItsWeight {
  Size width;
  nn::Parameter scale = ones({width}), bias = zeros({width});
  Tensor operator()(const Tensor& x) const { return x * scale.detach() + bias; }
};

struct ForgetsToListItsWeight {
  Size width;
  nn::Parameter scale = ones({width}), bias = zeros({width});
  Tensor operator()(const Tensor& x) const {
    return differentiable("scaled", {x}, no_grad([&] { return x * scale; }),
                          [s = scale.detach()](const Tensor& dy) { return Gradients{dy * s}; }) +
           bias;
  }
};

template <class... Arguments>
std::string what_fails(const Arguments&... arguments) {
  const auto report = nn::check(arguments...);
  return report.failed.empty() ? "nothing" : report.failed[0];
}

}  // namespace

TEST_CASE("nn::check finds mistakes", "[nn]") {
  seed(1);
  const Tensor x = normal({4, 3});
  using Catch::Matchers::Contains;
  CHECK_THAT(what_fails(WrongGradient{.width = 3}, x), Contains("argument 0 [4, 3]: the gradient of element 0"));
  CHECK_THAT(what_fails(Forgotten{.width = 3}, x), Contains("parameter unused [3] got no gradient"));
  CHECK_THAT(what_fails(DetachesItsWeight{.width = 3}, x), Contains("parameter scale [3] got no gradient"));
  CHECK_THAT(what_fails(ForgetsToListItsWeight{.width = 3}, x),
             Contains("parameter scale [3] got no gradient; scaled reads it without listing it among its inputs"));
  CHECK_THAT(what_fails(MixesRows{.width = 3}, x), Contains("row 0 alone"));
  CHECK_THAT(what_fails(AddsRow{.width = 3}, x), Contains("its output is [5, 3], but x is [4, 3]"));
  CHECK_THAT(what_fails(MixesSequences{.width = 3}, x, Sequences{3, 1}), Contains("sequence 0 alone"));
  CHECK_THAT(what_fails(IgnoresMode{.width = 3}, normal({40, 3})), Contains("depends on the seed"));
  CHECK_THAT(what_fails(nn::Linear{.in = 4, .out = 3}, x), Contains("its last axis must be 4 (in)"));
}
