#include <heed/heed.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

using Row = std::vector<double>;

/// W x for each token, in double.
std::vector<Row> logits_of(const Tensor& x, const Tensor& weight) {
  const auto values = cast(x, float64).to_vector<double>(), w = cast(weight.detach(), float64).to_vector<double>();
  const auto width = static_cast<std::size_t>(x.size(1)), count = static_cast<std::size_t>(weight.size(0));
  std::vector<Row> all;
  for (std::size_t t = 0; t < static_cast<std::size_t>(x.size(0)); ++t) {
    Row row(count, 0);
    for (std::size_t e = 0; e < count; ++e)
      for (std::size_t i = 0; i < width; ++i) row[e] += values[t * width + i] * w[e * width + i];
    all.push_back(row);
  }
  return all;
}

Row softmax_of(Row row) {
  double sum = 0;
  for (double& value : row) sum += value = std::exp(value);
  for (double& value : row) value /= sum;
  return row;
}

/// Indices by descending value, of equal ones the first.
std::vector<std::int64_t> ranking(const Row& row) {
  std::vector<std::int64_t> order(row.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    const double x = row[static_cast<std::size_t>(a)], y = row[static_cast<std::size_t>(b)];
    return x > y || (x == y && a < b);
  });
  return order;
}

struct Choice {
  std::int64_t expert, token;
  double weight;
};

void check_pairs(const nn::Routes& routes, const std::vector<Choice>& expected) {
  const auto experts = routes.experts.to_vector<std::int64_t>(), tokens = routes.tokens.to_vector<std::int64_t>();
  const auto weights = cast(routes.weights.detach(), float64).to_vector<double>();
  REQUIRE(experts.size() == expected.size());
  REQUIRE(tokens.size() == expected.size());
  REQUIRE(weights.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("pair " << i);
    CHECK(experts[i] == expected[i].expert);
    CHECK(tokens[i] == expected[i].token);
    CHECK(weights[i] == Approx(expected[i].weight).epsilon(1e-6));
  }
}

/// Pairs of the k greatest `ranks` of each token, the first choices of all tokens first; weights from `scores`.
std::vector<Choice> top(const std::vector<Row>& ranks, const std::vector<Row>& scores, std::size_t k, bool renormalised,
                        double scale = 1) {
  std::vector<Choice> pairs;
  for (std::size_t choice = 0; choice < k; ++choice)
    for (std::size_t t = 0; t < ranks.size(); ++t) {
      const auto order = ranking(ranks[t]);
      double sum = 0;
      for (std::size_t i = 0; i < k; ++i) sum += scores[t][static_cast<std::size_t>(order[i])];
      const double score = scores[t][static_cast<std::size_t>(order[choice])];
      pairs.push_back({order[choice], static_cast<std::int64_t>(t), scale * (renormalised ? score / sum : score)});
    }
  return pairs;
}

template <class F>
std::vector<Row> each(std::vector<Row> rows, const F& f) {
  for (Row& row : rows) row = f(row);
  return rows;
}

}  // namespace

TEST_CASE("TopK chooses the most probable experts", "[nn][experts]") {
  seed(1);
  for (const std::int64_t tokens : {0, 1, 33})
    for (const bool renormalised : {true, false})
      for (const std::int64_t k : {1, 2, 5}) {
        const nn::TopK router{.width = 7, .count = 5, .k = k, .renormalised = renormalised};
        const Tensor x = normal({tokens, 7});
        const auto p = each(logits_of(x, router.weight), softmax_of);
        check_pairs(router(x), top(p, p, static_cast<std::size_t>(k), renormalised));
      }
  const nn::TopK single{.width = 7, .count = 1, .k = 1};
  check_pairs(single(normal({2, 7})), {{0, 0, 1}, {0, 1, 1}});
}

TEST_CASE("ties between experts go to the first", "[nn][experts]") {
  const nn::TopK router{.width = 3, .count = 4, .k = 2, .weight = zeros({4, 3})};
  check_pairs(router(ones({2, 3})), {{0, 0, 0.5}, {0, 1, 0.5}, {1, 0, 0.5}, {1, 1, 0.5}});
  const nn::Switch one{.width = 3, .count = 4, .weight = zeros({4, 3})};
  check_pairs(one(ones({2, 3})), {{0, 0, 0.25}, {0, 1, 0.25}});
  const nn::SigmoidTopK sigmoid{.width = 3, .count = 4, .weight = zeros({4, 3})};
  check_pairs(sigmoid(ones({1, 3})), {{0, 0, 0.5}, {1, 0, 0.5}});
  const nn::ExpertChoice choice{.width = 3, .count = 2, .capacity_factor = 1, .weight = zeros({2, 3})};
  check_pairs(choice(ones({4, 3})), {{0, 0, 0.5}, {0, 1, 0.5}, {1, 0, 0.5}, {1, 1, 0.5}});
}

TEST_CASE("Switch weights by the probability, and adds jitter in training", "[nn][experts]") {
  seed(1);
  nn::Switch router{.width = 7, .count = 5, .jitter = 0.1f};
  const Tensor x = normal({20, 7});
  const auto p = each(logits_of(x, router.weight), softmax_of);
  const auto logits = [&] { return router(x).logits.to_vector<float>(); };
  const auto first = logits(), second = logits();
  CHECK(first != second);
  nn::eval(router);
  CHECK(logits() != first);
  CHECK(logits() == logits());
  check_pairs(router(x), top(p, p, 1, false));
  // Each element is multiplied by 1 - jitter to 1 + jitter.
  nn::train(router);
  const auto plain = logits_of(x, router.weight);
  for (std::size_t t = 0; t < plain.size(); ++t)
    for (std::size_t e = 0; e < 5; ++e) {
      double most = 0;
      for (std::int64_t i = 0; i < 7; ++i)
        most += 0.1 * std::abs(select(select(x, 0, static_cast<std::int64_t>(t)), 0, i).item() *
                               select(select(router.weight.detach(), 0, static_cast<std::int64_t>(e)), 0, i).item());
      CHECK(std::abs(static_cast<double>(first[t * 5 + e]) - plain[t][e]) <= most + 1e-5);
    }
}

TEST_CASE("NoisyTopK adds learned noise in training", "[nn][experts]") {
  seed(1);
  nn::NoisyTopK router{.width = 7, .count = 5, .k = 3, .noise_weight = normal({5, 7})};
  const Tensor x = normal({40, 7});
  seed(2);
  const nn::Routes noisy = router(x);
  seed(2);
  const auto noise = normal({40, 5}).to_vector<float>();
  auto h = logits_of(x, router.weight);
  const auto scales = logits_of(x, router.noise_weight);
  for (std::size_t t = 0; t < 40; ++t)
    for (std::size_t e = 0; e < 5; ++e)
      h[t][e] += static_cast<double>(noise[t * 5 + e]) * std::log1p(std::exp(scales[t][e]));
  const auto p = each(h, softmax_of);
  check_pairs(noisy, top(h, p, 3, true));
  backward(sum(noisy.weights * noisy.weights));
  CHECK(router.noise_weight.grad());
  nn::eval(router);
  const auto quiet = each(logits_of(x, router.weight), softmax_of);
  check_pairs(router(x), top(quiet, quiet, 3, true));
}

TEST_CASE("ExpertChoice lets experts choose tokens", "[nn][experts]") {
  seed(1);
  for (const auto& [tokens, factor, each_takes] :
       {std::tuple{10, 2.0f, 5}, {10, 1.0f, 3}, {1, 2.0f, 1}, {3, 9.0f, 3}, {0, 2.0f, 0}}) {
    const nn::ExpertChoice router{.width = 7, .count = 4, .capacity_factor = factor};
    const Tensor x = normal({tokens, 7});
    const auto p = each(logits_of(x, router.weight), softmax_of);
    std::vector<Choice> expected;
    for (std::size_t e = 0; e < 4; ++e) {
      Row of_expert;
      for (const Row& row : p) of_expert.push_back(row[e]);
      const auto order = ranking(of_expert);
      for (std::size_t i = 0; i < static_cast<std::size_t>(each_takes); ++i)
        expected.push_back({static_cast<std::int64_t>(e), order[i], of_expert[static_cast<std::size_t>(order[i])]});
    }
    check_pairs(router(x), expected);
  }
}

TEST_CASE("SigmoidTopK chooses with its biases, and weights without them", "[nn][experts]") {
  seed(1);
  nn::SigmoidTopK router{
      .width = 7, .count = 5, .k = 2, .scale = 2.5f, .bias = tensor({0.3f, -0.2f, 0.0f, 0.1f, 0.0f})};
  const Tensor x = normal({40, 7});
  const auto s = each(logits_of(x, router.weight), [](Row row) {
    for (double& value : row) value = 1 / (1 + std::exp(-value));
    return row;
  });
  const auto ranks = each(s, [](Row row) {
    const double bias[] = {0.3, -0.2, 0, 0.1, 0};
    for (std::size_t e = 0; e < 5; ++e) row[e] += bias[e];
    return row;
  });
  const auto expected = top(ranks, s, 2, true, 2.5);
  const nn::Routes routes = router(x);
  check_pairs(routes, expected);
  for (const float total : sum(routes.probabilities, {1}).to_vector<float>()) CHECK(total == Approx(1));
  std::vector<float> load(5, 0);
  for (const Choice& pair : expected) ++load[static_cast<std::size_t>(pair.expert)];
  CHECK(router.load.to_vector<float>() == load);
  nn::eval(router);
  router(x);
  CHECK(router.load.to_vector<float>() == load);  // evaluation does not count
  nn::train(router);
  router(x);
  for (float& count : load) count *= 2;
  CHECK(router.load.to_vector<float>() == load);

  const auto before = router.bias.to_vector<float>();
  nn::balance_experts(router, 0.125f);
  const auto after = router.bias.to_vector<float>();
  for (std::size_t e = 0; e < 5; ++e)
    CHECK(after[e] - before[e] == Approx(load[e] < 32 ? 0.125 : load[e] > 32 ? -0.125 : 0).margin(1e-6));
  CHECK(router.load.to_vector<float>() == std::vector<float>(5, 0));
  nn::balance_experts(router, 0.125f);
  CHECK(router.bias.to_vector<float>() == after);  // nothing was counted since
}

TEST_CASE("balance_experts balances the load", "[nn][experts]") {
  seed(1);
  const nn::SigmoidTopK router{.width = 8, .count = 6};
  const Tensor x = normal({500, 8}, 0.5);
  const auto spread = [&] {
    const auto load = bincount(router(x).experts, 6).to_vector<std::int64_t>();
    return *std::max_element(load.begin(), load.end()) - *std::min_element(load.begin(), load.end());
  };
  const auto before = spread();
  for (int step = 0; step < 200; ++step) {
    nn::balance_experts(router, 0.005f);
    router(x);
  }
  INFO(before << " to " << spread());
  CHECK(before > 100);
  CHECK(spread() < 40);
}

TEST_CASE("routers compute in float32 whatever the precision", "[nn][experts]") {
  seed(1);
  nn::TopK router{.width = 64, .count = 8};
  const Tensor x = normal({50, 64});
  const nn::Routes routes = precision(bfloat16, [&] { return router(x); });
  CHECK(routes.logits.to_vector<float>() == router(x).logits.to_vector<float>());
  CHECK(nn::to(router, float64)(cast(x, float64)).weights.dtype() == float64);
}

TEST_CASE("routers refuse invalid arguments", "[nn][experts]") {
  const Tensor x = ones({2, 3});
  CHECK_THROWS_MATCHES((nn::TopK{.width = 3, .count = 4, .k = 5}(x)), Error,
                       Message("TopK{width = 3, count = 4, k = 5, renormalised = true, jitter = 0}: k must be at least "
                               "1, and at most count"));
  CHECK_THROWS_MATCHES((nn::NoisyTopK{.width = 3, .count = 1}(x)), Error,
                       Message("NoisyTopK{width = 3, count = 1, k = 2}: k must be at least 1, and at most count"));
  CHECK_THROWS_MATCHES(
      (nn::SigmoidTopK{.width = 3, .count = 4, .k = 0}(x)), Error,
      Message("SigmoidTopK{width = 3, count = 4, k = 0, renormalised = true, scale = 1, jitter = 0}: k "
              "must be at least 1, and at most count"));
}
