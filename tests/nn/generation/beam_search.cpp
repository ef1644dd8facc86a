#include <heed/graph/error.h>
#include <heed/graph/executor.h>
#include <heed/nn/generation/beam_search.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "catch.h"
#include "table_model.h"

using namespace heed;

namespace {

using Tokens = std::vector<std::int64_t>;

/// All sequences of at most `max_new_tokens` tokens, the best first.
struct Enumeration {
  const TableModel& model;
  nn::BeamSearchOptions options;
  std::vector<nn::Hypothesis> all = {};

  void follow(const Tokens& tokens, std::int64_t last, std::int64_t sum, double log_probability) {
    const std::vector<double> logits = model.logits(last, sum);
    double total = 0;
    for (const double logit : logits) total += std::exp(logit);
    for (std::int64_t next = 0; next < model.vocabulary; ++next) {
      const double now = log_probability + logits[static_cast<std::size_t>(next)] - std::log(total);
      const auto length = std::ssize(tokens) + 1;
      const double score = now / std::pow((5 + static_cast<double>(length)) / 6, options.length_penalty);
      Tokens longer = tokens;
      if (next != options.end) longer.push_back(next);
      if (next == options.end || length == options.max_new_tokens)
        all.push_back({longer, now, score, next == options.end});
      else
        follow(longer, next, sum + next, now);
    }
  }
  std::vector<nn::Hypothesis> best(const Tokens& prompt) {
    std::int64_t sum = 0;
    for (const std::int64_t token : prompt) sum += token;
    follow({}, prompt.back(), sum, 0);
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
    return all;
  }
};

/// Checks that the hypotheses are the first of `expected`; those of equal score may be in any order.
void check_best(const std::vector<nn::Hypothesis>& found, const std::vector<nn::Hypothesis>& expected) {
  REQUIRE(found.size() <= expected.size());
  std::set<std::pair<Tokens, bool>> seen;
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(std::abs(found[i].score - expected[i].score) < 1e-12);
    CHECK(seen.emplace(found[i].tokens, found[i].ended).second);
    const auto same = std::find_if(expected.begin(), expected.end(), [&](const nn::Hypothesis& one) {
      return one.tokens == found[i].tokens && one.ended == found[i].ended;
    });
    REQUIRE(same != expected.end());
    CHECK(std::abs(found[i].score - same->score) < 1e-12);
    CHECK(std::abs(found[i].log_probability - same->log_probability) < 1e-12);
  }
}

}  // namespace

TEST_CASE("a wide beam finds the globally best sequences", "[nn]") {
  for (unsigned seed = 0; seed < 10; ++seed)
    for (const double length_penalty : {0.0, 0.6, 2.0}) {
      const TableModel model(4, seed);
      const nn::BeamSearchOptions options{
          .beam = 4 * 4 * 4 * 4, .best = 20, .max_new_tokens = 5, .end = 0, .length_penalty = length_penalty};
      const nn::Prompts prompts{{1}, {2, 3}, {3, 3, 1}};
      const auto found = nn::beam_search(model, model.initial_state(3), prompts, options);
      REQUIRE(found.size() == 3);
      for (std::size_t i = 0; i < 3; ++i) {
        CHECK(found[i].size() == 20);
        check_best(found[i], Enumeration{model, options}.best(prompts[i]));
      }
    }
}

TEST_CASE("without an end token all hypotheses have the maximum length", "[nn]") {
  const TableModel model(3, 2);
  const nn::BeamSearchOptions options{.beam = 81, .best = 81, .max_new_tokens = 4};
  const auto found = nn::beam_search(model, model.initial_state(1), {{1}}, options)[0];
  CHECK(found.size() == 81);
  check_best(found, Enumeration{model, options}.best({1}));
}

TEST_CASE("large logits do not change the probability of a hypothesis", "[nn]") {
  TableModel model(4, 3);
  for (double& logit : model.table) logit = std::round(logit);
  const nn::BeamSearchOptions options{.beam = 3, .best = 3, .max_new_tokens = 6, .end = 0};
  const auto expected = nn::beam_search(model, model.initial_state(1), {{1}}, options)[0];
  for (double& logit : model.table) logit += 0x1p50;
  check_best(nn::beam_search(model, model.initial_state(1), {{1}}, options)[0], expected);
}

TEST_CASE("the beam size may exceed the number of hypotheses", "[nn]") {
  const TableModel model(3, 2);
  const nn::BeamSearchOptions all{.beam = 81, .best = 81, .max_new_tokens = 4};
  nn::BeamSearchOptions more = all;
  more.beam = more.best = std::numeric_limits<std::int64_t>::max();
  const auto found = nn::beam_search(model, model.initial_state(1), {{1}}, more)[0];
  CHECK(found.size() == 81);
  check_best(found, nn::beam_search(model, model.initial_state(1), {{1}}, all)[0]);
}

TEST_CASE("beam size 1 is greedy, and rows of a batch are independent", "[nn]") {
  const nn::Prompts prompts{{1}, {2, 3, 4}, {5, 1}, {6, 6}};
  for (unsigned seed = 0; seed < 10; ++seed) {
    const TableModel model(7, seed);
    const auto found = nn::beam_search(model, model.initial_state(4), prompts, {.beam = 1, .max_new_tokens = 9});
    const auto written = nn::generate(model, model.initial_state(4), prompts, {.max_new_tokens = 9});
    for (std::size_t i = 0; i < 4; ++i) CHECK(found[i].at(0).tokens == written[i].tokens);

    const nn::BeamSearchOptions options{.beam = 3, .best = 3, .max_new_tokens = 9, .end = 0};
    set_threads(3);
    const auto together = nn::beam_search(model, model.initial_state(4), prompts, options);
    set_threads(1);
    for (std::size_t i = 0; i < 4; ++i) {
      const auto alone = nn::beam_search(model, model.initial_state(1), {prompts[i]}, options)[0];
      CHECK(together[i].size() == alone.size());
      check_best(together[i], alone);
      for (std::size_t k = 0; k + 1 < alone.size(); ++k) CHECK(alone[k].score >= alone[k + 1].score);
    }
  }
}

TEST_CASE("early stopping takes fewer steps and finds no better hypotheses", "[nn]") {
  int sooner = 0;
  for (unsigned seed = 0; seed < 10; ++seed) {
    const TableModel model(6, seed);
    nn::BeamSearchOptions options{.beam = 3, .best = 1, .max_new_tokens = 40, .end = 0, .length_penalty = 1};
    const double score = nn::beam_search(model, model.initial_state(1), {{1}}, options)[0][0].score;
    const int calls = std::exchange(model.calls, 0);
    options.early_stopping = true;
    CHECK(nn::beam_search(model, model.initial_state(1), {{1}}, options)[0][0].score <= score);
    sooner += model.calls < calls;
  }
  CHECK(sooner > 0);
}

TEST_CASE("beam search refuses invalid arguments", "[nn]") {
  const TableModel model(5, 0);
  const auto with = [&](const nn::BeamSearchOptions& options) {
    nn::beam_search(model, model.initial_state(2), {{1, 2}, {3}}, options);
  };
  CHECK_THROWS_WITH(with({.beam = 0}), "beam_search: beam is 0, but it must be at least 1");
  CHECK_THROWS_WITH(with({.beam = 2, .best = 3}), "beam_search: best is 3 and beam 2, but best must be from 1 to beam");
  CHECK_THROWS_WITH(with({.max_new_tokens = -1}), "beam_search: max_new_tokens is -1, but it must be at least 1");
  CHECK_THROWS_WITH(with({.length_penalty = -1}),
                    "beam_search: length_penalty is -1, but it must be finite and at least 0");
  CHECK_THROWS_WITH(with({.end = 5}), "beam_search: end is 5, but the model's vocabulary has 5 tokens");
  CHECK_THROWS_WITH(with({.context = 1}), "beam_search: prompt 0 has 2 tokens, but the model can read 1");
  CHECK_THROWS_WITH(nn::beam_search(model, model.initial_state(1), {{}}),
                    "beam_search: prompt 0 is empty, but the model must be given a token to follow");
}
