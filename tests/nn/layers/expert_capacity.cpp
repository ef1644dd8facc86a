// The capacity of experts applies in training alone: in evaluation, sequences of a batch are independent.
#include <heed/heed.h>

#include <cmath>

#include "catch.h"

using namespace heed;

namespace few_places {  // Clang warns if a layer's type is in an unnamed namespace

struct FewPlaces {
  Size width;
  nn::MixtureOfExperts<> experts =
      nn::MixtureOfExperts<>{.width = width, .count = 4, .hidden = 8, .capacity_factor = 0.25f};
  Tensor operator()(const Tensor& x) const { return experts(x); }
};

}  // namespace few_places

namespace {

double difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  const auto x = a.to_vector<float>(), y = b.to_vector<float>();
  double most = 0;
  for (std::size_t i = 0; i < x.size(); ++i) most = std::max(most, std::abs(static_cast<double>(x[i]) - y[i]));
  return most;
}

}  // namespace

TEST_CASE("with a capacity the output is the same alone, in a batch and token by token", "[nn][experts]") {
  seed(5);
  auto model = nn::gpt({.vocabulary = 11, .width = 8, .heads = 2, .depth = 2}, [](int) {
    return nn::EncoderLayer{.attention = nn::MultiHeadAttention<>{.width = 8, .heads = 2},
                            .feed_forward = few_places::FewPlaces{.width = 8}};
  });
  nn::eval(model);
  const NoGrad scope;
  const auto tokens = tensor<std::int64_t>({1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
  const Sequences both{6, 4};
  const Tensor together = model(tokens, both);
  CHECK(difference(slice(together, 0, 0, 6), model(slice(tokens, 0, 0, 6), Sequences{6})) < 1e-5);
  CHECK(difference(slice(together, 0, 6, 10), model(slice(tokens, 0, 6, 10), Sequences{4})) < 1e-5);
  auto state = model.initial_state(1);
  for (std::int64_t i = 0; i < 6; ++i)
    CHECK(difference(slice(together, 0, i, i + 1), model.decode_step(state, slice(tokens, 0, i, i + 1), Sequences{1})) <
          1e-5);
  // In training pairs are dropped.
  nn::train(model);
  const nn::Taps taps{model};
  model(tokens, both);
  CHECK(taps["layers.layers.0.feed_forward.experts.dropped"].item() > 0);
}

TEST_CASE("a capacity may be as large as any float, but not negative or NaN", "[nn][experts]") {
  seed(6);
  const Tensor x = normal({7, 4});
  const auto with = [&](float factor) {
    seed(7);
    return nn::MixtureOfExperts<>{.width = 4, .count = 3, .capacity_factor = factor}(x);
  };
  const Tensor all = with(0);
  for (const float factor : {3.0f, 1e19f, 3e38f, INFINITY}) CHECK(difference(with(factor), all) == 0);
  CHECK_THROWS_AS(with(-1), Error);
  CHECK_THROWS_AS(with(NAN), Error);
  const auto choice = [&](float factor) {
    seed(8);
    return nn::ExpertChoice{.width = 4, .count = 3, .capacity_factor = factor}(x).tokens.elements();
  };
  CHECK(choice(1) == 9);
  CHECK(choice(1e19f) == 21);
  CHECK_THROWS_AS(choice(-1), Error);
  CHECK_THROWS_AS(choice(NAN), Error);
}
