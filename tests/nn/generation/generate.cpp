#include <heed/graph/ambient.h>
#include <heed/graph/executor.h>
#include <heed/nn/generation/generate.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "catch.h"
#include "softmax_of.h"
#include "table_model.h"

using namespace heed;

namespace {

using Tokens = std::vector<std::int64_t>;

/// Greedy generation with one call of the model for each token.
Tokens greedy(const TableModel& model, const Tokens& prompt, std::int64_t max_new_tokens, std::int64_t end) {
  Tokens all = prompt;
  std::int64_t sum = 0;
  for (const std::int64_t token : prompt) sum += token;
  while (std::ssize(all) < std::ssize(prompt) + max_new_tokens) {
    const std::vector<double> logits = model.logits(all.back(), sum);
    const auto next = std::max_element(logits.begin(), logits.end()) - logits.begin();
    if (next == end) break;
    all.push_back(next);
    sum += next;
  }
  return {all.begin() + std::ssize(prompt), all.end()};
}

}  // namespace

TEST_CASE("greedy generation of prompts of different lengths equals that of each alone", "[nn]") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const TableModel model(7, seed);
    const nn::Prompts prompts{{1}, {2, 3, 4}, {5, 1}, {6, 6, 6, 6}};
    const auto written = nn::generate(model, model.initial_state(4), prompts, {.max_new_tokens = 12, .end = 0});
    REQUIRE(written.size() == 4);
    for (std::size_t row = 0; row < 4; ++row) {
      CHECK(written[row].tokens == greedy(model, prompts[row], 12, 0));
      CHECK(written[row].ended == (written[row].tokens.size() < 12));
    }
  }
}

TEST_CASE("on_token is called with each new token, and can stop a row", "[nn]") {
  const TableModel model(7, 3);
  std::map<std::int64_t, Tokens> streamed;
  nn::GenerateOptions options{.max_new_tokens = 8};
  options.on_token = [&](std::int64_t row, std::int64_t token) {
    streamed[row].push_back(token);
    return row != 1 || streamed[row].size() < 3;
  };
  const auto written = nn::generate(model, model.initial_state(3), {{1}, {2}, {3, 4}}, options);
  CHECK(written[0].tokens.size() == 8);
  CHECK(written[1].tokens.size() == 3);
  CHECK(written[2].tokens.size() == 8);
  for (std::int64_t row = 0; row < 3; ++row) CHECK(streamed[row] == written[static_cast<std::size_t>(row)].tokens);
}

TEST_CASE("context limits the number of tokens", "[nn]") {
  const TableModel model(7, 3);
  const auto written =
      nn::generate(model, model.initial_state(2), {{1}, {2, 3, 4, 5}}, {.max_new_tokens = 100, .context = 4});
  CHECK(written[0].tokens.size() == 4);
  CHECK(written[1].tokens.size() == 1);
}

TEST_CASE("tokens are sampled by their probabilities, independently of threads and other rows", "[nn]") {
  const TableModel model(6, 11);
  const std::int64_t rows = 6000;
  const nn::Prompts prompts(static_cast<std::size_t>(rows), Tokens{2});
  const nn::GenerateOptions options{.sampling = {.temperature = 1}, .max_new_tokens = 2};
  seed(5);
  set_threads(1);
  const auto written = nn::generate(model, model.initial_state(rows), prompts, options);
  std::vector<double> share(6, 0.0);
  for (const nn::Generated& one : written) share[static_cast<std::size_t>(one.tokens[0])] += 1.0 / 6000;
  const std::vector<double> expected = softmax_of(model.logits(2, 2));
  for (std::size_t token = 0; token < 6; ++token) CHECK(std::abs(share[token] - expected[token]) < 0.025);
  for (const int n : {2, 3, 8}) {
    set_threads(n);
    seed(5);
    const auto again = nn::generate(model, model.initial_state(rows), prompts, options);
    CHECK(std::equal(again.begin(), again.end(), written.begin(),
                     [](const auto& a, const auto& b) { return a.tokens == b.tokens; }));
  }
  seed(5);
  const auto alone = nn::generate(model, model.initial_state(3), {{2}, {2}, {2}}, options);
  for (std::size_t row = 0; row < 3; ++row) CHECK(alone[row].tokens == written[row].tokens);
  const auto other = nn::generate(model, model.initial_state(rows), prompts, options);
  CHECK_FALSE(std::equal(other.begin(), other.end(), written.begin(),
                         [](const auto& a, const auto& b) { return a.tokens == b.tokens; }));
}

TEST_CASE("generate refuses invalid arguments", "[nn]") {
  const TableModel model(5, 0);
  const auto with = [&](const nn::GenerateOptions& options) {
    nn::generate(model, model.initial_state(2), {{1, 2}, {3}}, options);
  };
  CHECK_THROWS_WITH(with({.sampling = {.temperature = -1}}),
                    "generate: temperature is -1, but it must be finite and at least 0");
  CHECK_THROWS_WITH(with({.sampling = {.top_k = -2}}),
                    "generate: top_k is -2, but it must be at least 1, or 0 for all");
  CHECK_THROWS_WITH(with({.sampling = {.top_p = 0}}), "generate: top_p is 0, but it must be above 0 and at most 1");
  CHECK_THROWS_WITH(with({.sampling = {.min_p = 2}}), "generate: min_p is 2, but it must be from 0 to 1");
  CHECK_THROWS_WITH(with({.sampling = {.repetition_penalty = 0}}),
                    "generate: repetition_penalty is 0, but it must be positive and finite");
  CHECK_THROWS_WITH(with({.max_new_tokens = 0}), "generate: max_new_tokens is 0, but it must be at least 1");
  CHECK_THROWS_WITH(with({.context = -1}),
                    "generate: context is -1, but it must be positive, or 0 for any number of tokens");
  CHECK_THROWS_WITH(with({.context = 1}), "generate: prompt 0 has 2 tokens, but the model can read 1");
  CHECK_THROWS_WITH(nn::generate(model, model.initial_state(1), {{}}),
                    "generate: prompt 0 is empty, but the model must be given a token to follow");
  CHECK(nn::generate(model, model.initial_state(0), {}).empty());
}
