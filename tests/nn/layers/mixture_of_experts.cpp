#include <heed/heed.h>

#include <cmath>

#include "catch.h"
#include "layers_check.h"
#include "nn/models/small_models.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

/// Expert without an overload of grouped_call.
struct Scaled {
  Size width;
  nn::Linear map{.in = width, .out = width};
  Tensor operator()(const Tensor& x) const { return tanh(map(x)) * 2; }
};

/// User-defined router: by the token's index.
struct InTurn {
  Size width, count, first = 0;
  nn::Parameter factor = ones({});
  nn::Routes operator()(const Tensor& x) const {
    const Tensor tokens = arange(x.size(0)), even = ones({x.size(0), count}, x.dtype()) / static_cast<double>(count);
    return {
        remainder(tokens, static_cast<double>(count)) + full(tokens.shape(), static_cast<double>(first.value), int64),
        tokens, ones(tokens.shape(), x.dtype()) * factor, even * factor, even};
  }
};

double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(to_string(a.shape()) == to_string(b.shape()));
  const Tensor difference = abs(cast(a.detach(), float64) - cast(b.detach(), float64));
  return difference.elements() == 0 ? 0 : max(difference).item();
}

/// Reference: a loop over experts, each applied to all tokens: y = sum over e of weights[:, e] expert_e(x), where
/// weights are those of the router's pairs, the first `capacity` of each expert.
template <class Layer>
Tensor loop_over_experts(const Layer& layer, const Tensor& x, std::int64_t capacity = 1 << 30) {
  const nn::Routes routes = layer.router(x);
  const auto experts = routes.experts.template to_vector<std::int64_t>();
  const std::int64_t count = layer.count;
  std::vector<std::int64_t> load(static_cast<std::size_t>(count), 0), kept, places;
  const auto tokens = routes.tokens.template to_vector<std::int64_t>();
  for (std::size_t i = 0; i < experts.size(); ++i)
    if (load[static_cast<std::size_t>(experts[i])]++ < capacity) {
      kept.push_back(static_cast<std::int64_t>(i));
      places.push_back(tokens[i] * count + experts[i]);
    }
  const Tensor weights = reshape(
      index_add(zeros({x.size(0) * count}, x.dtype()), tensor(places), gather_rows(routes.weights, tensor(kept))),
      {x.size(0), count});
  Tensor y = zeros(x.shape(), x.dtype());
  for (std::int64_t e = 0; e < count; ++e)
    y = y + slice(weights, 1, e, e + 1) * layer.experts[static_cast<std::size_t>(e)](x);
  for (const auto& expert : layer.shared_experts) y = y + expert(x);
  return y;
}

/// Checks that output and gradients equal the loop's, to 1e-6 in float32 and 1e-12 in float64.
template <class Layer>
void check_beside_loop(const Layer& any, std::int64_t tokens, std::int64_t capacity = 1 << 30) {
  for (const DType dtype : {float32, float64}) {
    const double tolerance = dtype == float32 ? 1e-6 : 1e-12;
    const Layer layer = nn::to(any, dtype), other = nn::to(any, dtype);
    const Tensor x = normal({tokens, any.width}, 0, 1, dtype).require_grad(), same = x.detach().require_grad();
    const Tensor dy = normal(x.shape(), 0, 1, dtype);
    seed(5);
    const Tensor y = layer(x);
    seed(5);
    const Tensor expected = loop_over_experts(other, same, capacity);
    CHECK(largest_difference(y, expected) <= tolerance);
    backward(y, dy);
    backward(expected, dy);
    CHECK(largest_difference(x.grad(), same.grad()) <= 3 * tolerance);
    const auto a = nn::named_parameters(layer), b = nn::named_parameters(other);
    for (std::size_t i = 0; i < a.size(); ++i) {
      INFO(a[i].first);
      REQUIRE(a[i].second.grad());
      // Relative to the size of sums over tokens.
      const double size = 1 + max(abs(cast(b[i].second.grad(), float64))).item();
      CHECK(largest_difference(a[i].second.grad(), b[i].second.grad()) <= tolerance * size);
    }
  }
}

template <class Expert, class Router = nn::TopK>
nn::MixtureOfExperts<Expert, Router> experts_of(std::int64_t count = 4) {
  return {.width = 8, .count = count, .hidden = 6};
}

/// Encoder layer with two heads and a mixture of experts.
template <class Experts>
auto layer_with(Experts experts) {
  return nn::EncoderLayer{.attention = nn::MultiHeadAttention<>{.width = experts.width, .heads = 2},
                          .feed_forward = std::move(experts)};
}

}  // namespace

TEST_CASE("MixtureOfExperts equals a loop over its experts", "[nn][experts]") {
  seed(1);
  check_beside_loop(experts_of<nn::FeedForward>(), 33);
  check_beside_loop(experts_of<nn::ReluFeedForward>(), 33);
  check_beside_loop(experts_of<nn::SwigluFeedForward>(), 33);
  check_beside_loop(experts_of<nn::GegluFeedForward, nn::Switch>(), 33);
  check_beside_loop(experts_of<nn::FeedForward, nn::NoisyTopK>(), 33);
  check_beside_loop(experts_of<nn::FeedForward, nn::ExpertChoice>(), 33);
  check_beside_loop(experts_of<nn::FeedForward, nn::SigmoidTopK>(), 33);
  check_beside_loop(nn::MixtureOfExperts<Scaled>{.width = 8, .count = 4}, 33);
  check_beside_loop(nn::MixtureOfExperts<>{.width = 8, .count = 4, .hidden = 6, .shared = 2}, 33);
}

TEST_CASE("MixtureOfExperts of few tokens, with one expert, all experts, many experts", "[nn][experts]") {
  seed(1);
  check_beside_loop(experts_of<nn::FeedForward>(), 1);
  check_beside_loop(experts_of<nn::SwigluFeedForward>(16), 3);  // most experts are empty
  check_beside_loop(experts_of<nn::FeedForward, nn::Switch>(1), 5);
  check_beside_loop(nn::MixtureOfExperts<>{.width = 8, .count = 3, .router = {.width = 8, .count = 3, .k = 3}}, 9);
  check_beside_loop(experts_of<nn::FeedForward>(64), 300);
  const auto layer = experts_of<nn::FeedForward>();
  CHECK(layer(zeros({0, 8})).shape() == Shape{0, 8});
  CHECK(layer(zeros({2, 3, 8})).shape() == Shape{2, 3, 8});
}

TEST_CASE("MixtureOfExperts with experts of different widths", "[nn][experts]") {
  seed(1);
  const nn::MixtureOfExperts<> layer{.width = 8, .count = 3, .experts = nn::repeat(3, [](int i) {
                                                               return nn::FeedForward{.width = 8, .hidden = 3 + 5 * i};
                                                             })};
  check_beside_loop(layer, 20);
  CHECK_LAYER(layer, normal({5, 8}));
}

TEST_CASE("MixtureOfExperts with a capacity drops the last pairs", "[nn][experts]") {
  seed(1);
  nn::MixtureOfExperts<> layer{.width = 8, .count = 4, .hidden = 6, .capacity_factor = 1};
  check_beside_loop(layer, 33, 17);  // ceil(2 * 33 / 4)
  // All tokens go to experts 0 and 1: of 4 pairs each, 2 are kept.
  assign(layer.router.weight.detach(), zeros({4, 8}));
  const Tensor x = normal({4, 8});
  const nn::Taps taps{layer};
  const Tensor y = layer(x);
  CHECK(taps["dropped"].to_vector<std::int64_t>() == std::vector<std::int64_t>{4});
  CHECK(taps["load"].to_vector<std::int64_t>() == std::vector<std::int64_t>{4, 4, 0, 0});
  CHECK(taps["dead"].to_vector<std::int64_t>() == std::vector<std::int64_t>{2});
  CHECK(slice(y, 0, 2, 4).to_vector<float>() == std::vector<float>(16, 0));
  CHECK(largest_difference(slice(y, 0, 0, 2),
                           (layer.experts[0](slice(x, 0, 0, 2)) + layer.experts[1](slice(x, 0, 0, 2))) * 0.5) < 1e-6);
}

TEST_CASE("MixtureOfExperts passes nn::check", "[nn][experts]") {
  seed(1);
  const Tensor x = normal({9, 8});
  CHECK_LAYER(experts_of<nn::FeedForward>(), x);
  CHECK_LAYER((experts_of<nn::SwigluFeedForward, nn::Switch>()), x);
  CHECK_LAYER((experts_of<nn::FeedForward, nn::SigmoidTopK>()), x);
  CHECK_LAYER((experts_of<nn::FeedForward, nn::NoisyTopK>()), x);
  CHECK_LAYER((nn::MixtureOfExperts<Scaled>{.width = 8, .count = 4}), x);
  CHECK_LAYER((nn::MixtureOfExperts<nn::FeedForward, nn::Switch>{
                  .width = 8, .shared = 1, .router = {.width = 8, .count = 8, .jitter = 0.1f}}),
              x);
  // Here a row depends on the others.
  for (const auto& report :
       {nn::check_with({.rows_are_independent = false}, experts_of<nn::FeedForward, nn::ExpertChoice>(), x),
        nn::check_with({.rows_are_independent = false},
                       nn::MixtureOfExperts<>{.width = 8, .count = 4, .hidden = 6, .capacity_factor = 0.5f}, x)}) {
    INFO(report.text());
    CHECK(report);
  }
}

TEST_CASE("MixtureOfExperts of many rows gives the same bits for any number of threads", "[nn][experts]") {
  seed(1);
  const nn::MixtureOfExperts<nn::SwigluFeedForward> layer{.width = 64, .count = 8};
  const Tensor x = normal({700, 64}), dy = normal({700, 64});
  const auto run = [&](int n) {
    const int before = threads();
    set_threads(n);
    const auto copy = nn::clone(layer);
    const Tensor input = x.detach().require_grad(), y = copy(input);
    backward(y, dy);
    std::vector<float> all = y.to_vector<float>();
    std::vector<Tensor> gradients{input.grad()};
    for (const nn::Parameter& parameter : nn::parameters(copy)) gradients.push_back(parameter.grad());
    for (const Tensor& gradient : gradients)
      for (const float value : gradient.to_vector<float>()) all.push_back(value);
    set_threads(before);
    return all;
  };
  const auto one = run(1);
  for (const int n : {2, 3, 8}) CHECK(run(n) == one);
}

TEST_CASE("MixtureOfExperts in encoder, decoder, BERT and language model", "[nn][experts]") {
  seed(1);
  const auto layer = [](int) { return layer_with(nn::MixtureOfExperts<nn::SwigluFeedForward>{.width = 8}); };
  const Sequences ragged{3, 0, 1, 5};
  const nn::Pass pass(ragged, {}, nn::Memory{normal({10, 8}), Sequences{2, 4, 1, 3}});
  CHECK_LAYER(layer(0), normal({9, 8}), nn::Pass(ragged));
  const nn::DecoderLayer decoder{.attention = nn::MultiHeadAttention<>{.width = 8, .heads = 2},
                                 .cross_attention = nn::CrossAttention{.width = 8, .heads = 2},
                                 .feed_forward = nn::MixtureOfExperts<nn::SwigluFeedForward>{.width = 8}};
  CHECK_LAYER(decoder, normal({9, 8}), pass);
  const auto bert =
      nn::bert({.vocabulary = 20, .width = 8, .heads = 2, .depth = 2, .max_length = 8, .dropout = 0}, layer);
  const Tensor tokens = randint(0, 20, {9});
  nn::Taps taps{bert};
  const Tensor hidden = bert(tokens, {}, ragged);
  CHECK(hidden.shape() == Shape{9, 8});
  CHECK(taps["encoder.layers.1.feed_forward.load"].shape() == Shape{8});
  backward(sum(hidden * hidden) + taps.total("switch_balance"));
  CHECK(bert.encoder.layers[1].feed_forward.router.weight.grad());

  auto model = nn::gpt({.vocabulary = 20, .width = 8, .heads = 2, .depth = 2}, layer);
  nn::eval(model);
  const Tensor whole = no_grad([&] { return model(tokens, Sequences{9}); });
  auto state = model.initial_state(1);
  for (std::int64_t i = 0; i < 9; ++i)
    CHECK(largest_difference(model.decode_step(state, slice(tokens, 0, i, i + 1), Sequences{1}),
                             slice(whole, 0, i, i + 1)) < 1e-5);
}

TEST_CASE("MixtureOfExperts taps its losses and statistics", "[nn][experts]") {
  seed(1);
  const auto layer = nn::to(experts_of<nn::FeedForward>(), float64);
  const Tensor x = normal({11, 8}, 0, 1, float64);
  nn::Taps taps{layer};
  layer(x);
  const nn::Routes routes = layer.router(x);
  const auto p = routes.probabilities.to_vector<double>(), logits = routes.logits.to_vector<double>();
  const auto experts = routes.experts.to_vector<std::int64_t>();
  std::vector<double> fraction(4, 0), probability(4, 0);
  std::vector<std::int64_t> load(4, 0);
  double z = 0, entropy = 0, balance = 0;
  for (const std::int64_t expert : experts) {
    fraction[static_cast<std::size_t>(expert)] += 1.0 / 22;
    ++load[static_cast<std::size_t>(expert)];
  }
  for (std::size_t t = 0; t < 11; ++t) {
    double sum = 0;
    for (std::size_t e = 0; e < 4; ++e) {
      probability[e] += p[t * 4 + e] / 11;
      sum += std::exp(logits[t * 4 + e]);
      entropy -= p[t * 4 + e] * std::log(p[t * 4 + e]) / 11;
    }
    z += std::log(sum) * std::log(sum) / 11;
  }
  for (std::size_t e = 0; e < 4; ++e) balance += fraction[e] * probability[e];
  CHECK(taps["switch_balance"].item() == Approx(4 * balance));
  CHECK(taps["gshard_balance"].item() == Approx(balance / 4));
  CHECK(taps["router_z"].item() == Approx(z));
  CHECK(taps["entropy"].item() == Approx(entropy));
  CHECK(taps["load"].to_vector<std::int64_t>() == load);
  CHECK(taps["dropped"].to_vector<std::int64_t>() == std::vector<std::int64_t>{0});
  CHECK(taps["dead"].to_vector<std::int64_t>() == std::vector<std::int64_t>{std::count(load.begin(), load.end(), 0)});
  CHECK_FALSE(taps["entropy"].requires_grad());
  for (const char* loss : {"switch_balance", "gshard_balance", "router_z"}) {
    taps.clear();
    layer(x);
    backward(taps[loss]);
    CHECK(layer.router.weight.grad());
    layer.router.weight.clear_grad();
  }

  // With a uniform router the losses are minimal.
  assign(layer.router.weight.detach(), zeros({4, 8}, float64));
  taps.clear();
  layer(x);
  CHECK(taps["switch_balance"].item() == Approx(1));
  CHECK(taps["gshard_balance"].item() == Approx(1.0 / 16));
  CHECK(taps["entropy"].item() == Approx(std::log(4.0)));
  CHECK(taps["dead"].to_vector<std::int64_t>() == std::vector<std::int64_t>{2});
  // No tokens.
  taps.clear();
  layer(zeros({0, 8}, float64));
  CHECK(taps["switch_balance"].item() == 0);
  CHECK(taps["router_z"].item() == 0);
}

TEST_CASE("a balancing loss balances the load", "[nn][experts]") {
  seed(1);
  const nn::MixtureOfExperts<nn::FeedForward, nn::Switch> layer{.width = 8, .count = 4, .hidden = 4};
  const Tensor x = normal({400, 8}, 1);
  optim::AdamW adam{nn::parameters(layer)};
  double first = 0, last = 0;
  for (int step = 0; step < 100; ++step) {
    nn::Taps taps{layer};
    layer(x);
    const Tensor loss = taps.total("switch_balance");
    (step == 0 ? first : last) = loss.item();
    backward(loss);
    adam.step(0.01);
  }
  INFO(first << " to " << last);
  CHECK(first > 1.15);
  CHECK(last < 1.05);
}

TEST_CASE("checkpointed layers have the same losses of experts, and count their load once", "[nn][experts]") {
  seed(1);
  using Experts = nn::MixtureOfExperts<nn::FeedForward, nn::SigmoidTopK>;
  const auto plain = small::stack(2, 8, [] { return layer_with(Experts{.width = 8}); });
  const nn::Stack recomputed{.layers = nn::clone(plain).layers, .norm = plain.norm, .call = nn::CheckpointedCall{}};
  const Tensor x = normal({9, 8});
  const auto run = [&](const auto& model) {
    const nn::Taps taps{model};
    const Tensor y = model(x, Sequences{4, 5});
    backward(sum(y * y) + taps.total("switch_balance"));
    const nn::SigmoidTopK& router = model.layers[0].feed_forward.router;
    std::vector<float> found = router.weight.grad().to_vector<float>();
    for (const float count : router.load.template to_vector<float>()) found.push_back(count);
    return found;
  };
  const std::vector<float> expected = run(plain), found = run(recomputed);
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(found[i] == Approx(expected[i]).margin(1e-6));
}

TEST_CASE("the down projections of experts are output projections of a residual branch", "[nn][experts]") {
  seed(1);
  const auto layer = layer_with(nn::MixtureOfExperts<>{.width = 64});
  nn::init_gpt2(layer, 16);
  const auto stddev = [](const Tensor& x) { return std::sqrt(mean(x.detach() * x.detach()).item()); };
  CHECK(stddev(layer.feed_forward.experts[3].down.weight) == Approx(0.005).epsilon(0.05));
  CHECK(stddev(layer.feed_forward.experts[3].up.weight) == Approx(0.02).epsilon(0.05));
}

TEST_CASE("MixtureOfExperts accepts a user-defined router", "[nn][experts]") {
  seed(1);
  check_beside_loop(experts_of<nn::FeedForward, InTurn>(), 10);
  CHECK_THROWS_MATCHES((nn::MixtureOfExperts<nn::FeedForward, InTurn>{
                           .width = 8, .count = 2, .router = {.width = 8, .count = 2, .first = 1}}(ones({3, 8}))),
                       Error, Message("MixtureOfExperts: the expert at [1] is 2, but the layer has 2 experts"));
}

TEST_CASE("MixtureOfExperts refuses invalid arguments", "[nn][experts]") {
  const Tensor x = ones({2, 3});
  CHECK_THROWS_MATCHES(
      (nn::MixtureOfExperts<>{.width = 4}(x)), Error,
      Message("MixtureOfExperts{width = 4, count = 8, hidden = 0, shared = 0, capacity_factor = 0}: x is "
              "[2, 3], but its last axis must be 4 (width)"));
  CHECK_THROWS_MATCHES((nn::MixtureOfExperts<>{.width = 3, .router = {.width = 3, .count = 4}}(x)), Error,
                       Message("MixtureOfExperts{width = 3, count = 8, hidden = 0, shared = 0, capacity_factor = 0}: "
                               "there are 8 experts, and the router has count = 4, but both must be count"));
  CHECK_THROWS_MATCHES((nn::MixtureOfExperts<Scaled>{.width = 3, .hidden = 4}(x)), Error,
                       Message("MixtureOfExperts{width = 3, count = 8, hidden = 4, shared = 0, capacity_factor = 0}: "
                               "hidden was given, but these experts have no such field"));
  CHECK_THROWS_MATCHES((nn::MixtureOfExperts<>{.width = 3, .count = 1}(x)), Error,
                       Message("TopK{width = 3, count = 1, k = 2, renormalised = true, jitter = 0}: k must be at least "
                               "1, and at most count"));
}
