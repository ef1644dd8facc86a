#include <heed/graph/ambient.h>
#include <heed/nn/generation/generate.h>

#include <algorithm>
#include <cmath>

#include "catch.h"
#include "softmax_of.h"

using namespace heed;

namespace {

using Tokens = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("sampling probabilities of tokens", "[nn]") {
  const std::vector<double> logits{2, 1, 0, -1, 1};
  const std::vector<double> plain = softmax_of(logits);
  const auto close = [](const std::vector<double>& a, const std::vector<double>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](double x, double y) { return std::abs(x - y) < 1e-12; });
  };
  CHECK(nn::token_probabilities(logits, {}, {}) == std::vector<double>{1, 0, 0, 0, 0});
  CHECK(close(nn::token_probabilities(logits, {}, {.temperature = 1}), plain));
  CHECK(close(nn::token_probabilities(logits, {}, {.temperature = 0.5}), softmax_of({4, 2, 0, -2, 2})));
  // The first of two equal logits is kept.
  CHECK(
      close(nn::token_probabilities(logits, {}, {.temperature = 1, .top_k = 2}), softmax_of({2, 1, -1e9, -1e9, -1e9})));
  CHECK(close(nn::token_probabilities(logits, {}, {.temperature = 1, .top_k = 9}), plain));
  CHECK(close(nn::token_probabilities(logits, {}, {.temperature = 1, .top_p = plain[0] + 1e-9}),
              softmax_of({2, 1, -1e9, -1e9, -1e9})));
  CHECK(close(nn::token_probabilities(logits, {}, {.temperature = 1, .top_p = 1e-9}), {1, 0, 0, 0, 0}));
  CHECK(
      close(nn::token_probabilities(logits, {}, {.temperature = 1, .min_p = 0.3}), softmax_of({2, 1, -1e9, -1e9, 1})));
  CHECK(close(nn::token_probabilities(logits, {}, {.temperature = 1, .min_p = 1}), {1, 0, 0, 0, 0}));
  const Tokens before{0, 3, 3};
  CHECK(close(nn::token_probabilities(logits, before, {.temperature = 1, .repetition_penalty = 2}),
              softmax_of({1, 1, 0, -2, 1})));
  CHECK(nn::token_probabilities(logits, before, {.repetition_penalty = 4})[1] == 1);
}
