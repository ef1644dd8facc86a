#include <heed/graph/create.h>
#include <heed/graph/error.h>
#include <heed/graph/format.h>
#include <heed/nn/generation/beam_search.h>
#include <heed/nn/generation/generate.h>
#include <heed/ops/shape/view.h>

#include <cmath>

#include "catch.h"

using namespace heed;

namespace {

constexpr double infinity = HUGE_VAL, never = -infinity, undefined = NAN;

/// Model that returns the logits of a step for every row, but those of `odd` for one row in one step.
struct Script {
  std::vector<double> usual, odd;
  std::int64_t odd_row = -1, odd_step = -1;
  bool transposed = false;

  struct State {
    std::int64_t step = 0;
    std::vector<std::int64_t> rows;

    void select(const Tensor& kept) {
      std::vector<std::int64_t> chosen;
      for (const std::int64_t row : kept.data<std::int64_t>()) chosen.push_back(rows[static_cast<std::size_t>(row)]);
      rows = chosen;
    }
  };

  State initial_state(std::int64_t count) const {
    State state;
    for (std::int64_t row = 0; row < count; ++row) state.rows.push_back(row);
    return state;
  }

  Tensor decode_step(State& state, const Tensor&, const Sequences& sequences) const {
    const auto width = std::ssize(usual);
    std::vector<double> all(static_cast<std::size_t>(sequences.count() * width));
    for (std::int64_t r = 0; r < sequences.count(); ++r) {
      const bool is_odd = state.step == odd_step && state.rows[static_cast<std::size_t>(r)] == odd_row;
      for (std::int64_t i = 0; i < width; ++i)
        all[static_cast<std::size_t>(transposed ? i * sequences.count() + r : r * width + i)] =
            (is_odd ? odd : usual)[static_cast<std::size_t>(i)];
    }
    ++state.step;
    if (transposed) return transpose(tensor(all, {width, sequences.count()}));
    return tensor(all, {sequences.count(), width});
  }
};

const nn::Prompts three{{1}, {2, 1}, {0}};

std::string refusal(const char* who, const std::string& which, double value = 0, int token = 0) {
  const std::string where = fmt::format("{}: in step 2 the model's logits of row 1 are ", who);
  return where + (which == "value" ? fmt::format("{} for token {}, but each must be finite, or -infinity for a token "
                                                 "that cannot follow",
                                                 value, token)
                                   : "all -infinity, so that no token can follow");
}

}  // namespace

TEST_CASE("no token is chosen from logits that are NaN, infinite, or all banned", "[nn]") {
  const std::vector<double> usual{1, 2, 0, 3};
  struct Case {
    std::vector<double> odd;
    std::string which;
    double value = 0;
    int token = 0;
  };
  const Case cases[] = {{{1, undefined, 0, 3}, "value", undefined, 1},
                        {{undefined, undefined, undefined, undefined}, "value", undefined, 0},
                        {{1, 2, 0, undefined}, "value", undefined, 3},
                        {{1, 2, infinity, 3}, "value", infinity, 2},
                        {{infinity, never, never, never}, "value", infinity, 0},
                        {{never, never, never, never}, "all"}};
  for (const auto& [odd, which, value, token] : cases)
    for (const bool transposed : {false, true}) {
      const Script model{.usual = usual, .odd = odd, .odd_row = 1, .odd_step = 2, .transposed = transposed};
      for (const nn::Sampling& sampling :
           {nn::Sampling{}, nn::Sampling{.temperature = 1}, nn::Sampling{.temperature = 0.5, .top_k = 2},
            nn::Sampling{.temperature = 1, .top_p = 0.5}, nn::Sampling{.temperature = 1, .min_p = 0.5},
            nn::Sampling{.repetition_penalty = 2}})
        CHECK_THROWS_WITH(
            nn::generate(model, model.initial_state(3), three, {.sampling = sampling, .max_new_tokens = 5}),
            refusal("generate", which, value, token));
      for (const std::int64_t beam : {1, 4})
        CHECK_THROWS_WITH(nn::beam_search(model, model.initial_state(3), three, {.beam = beam, .max_new_tokens = 5}),
                          refusal("beam_search", which, value, token));
      CHECK_THROWS_AS(nn::token_probabilities(odd, {}, {}), Error);
      CHECK_THROWS_AS(nn::token_probabilities(odd, {}, {.temperature = 1}), Error);
    }
}

TEST_CASE("-infinity bans a token", "[nn]") {
  const Script model{.usual = {never, 2, never, 1}, .odd = {}};
  for (const auto& written : nn::generate(model, model.initial_state(3), three, {.max_new_tokens = 4}))
    CHECK(written.tokens == std::vector<std::int64_t>{1, 1, 1, 1});
  for (const auto& written :
       nn::generate(model, model.initial_state(3), three, {.sampling = {.temperature = 1}, .max_new_tokens = 50}))
    for (const std::int64_t token : written.tokens) CHECK((token == 1 || token == 3));
  // Two possible tokens in two steps give four hypotheses, although the beam is larger.
  for (const auto& found :
       nn::beam_search(model, model.initial_state(3), three, {.beam = 9, .best = 9, .max_new_tokens = 2})) {
    CHECK(found.size() == 4);
    for (const nn::Hypothesis& one : found) {
      CHECK(std::isfinite(one.score));
      for (const std::int64_t token : one.tokens) CHECK((token == 1 || token == 3));
    }
  }
  CHECK(nn::token_probabilities({never, 0, never, 0}, {}, {.temperature = 2, .repetition_penalty = 3}) ==
        std::vector<double>{0, 0.5, 0, 0.5});
}

TEST_CASE("generation refuses invalid tokens and options", "[nn]") {
  const Script model{.usual = {1, 2, 0, 3}, .odd = {}};
  const auto write = [&](const nn::GenerateOptions& options) {
    nn::generate(model, model.initial_state(3), three, options);
  };
  const auto search = [&](const nn::BeamSearchOptions& options) {
    nn::beam_search(model, model.initial_state(3), three, options);
  };
  for (const double value : {infinity, undefined}) {
    CHECK_THROWS_WITH(write({.sampling = {.temperature = value}}),
                      fmt::format("generate: temperature is {}, but it must be finite and at least 0", value));
    CHECK_THROWS_WITH(write({.sampling = {.repetition_penalty = value}}),
                      fmt::format("generate: repetition_penalty is {}, but it must be positive and finite", value));
    CHECK_THROWS_AS(write({.sampling = {.top_p = value}}), Error);
    CHECK_THROWS_AS(write({.sampling = {.min_p = value}}), Error);
    CHECK_THROWS_WITH(search({.length_penalty = value}),
                      fmt::format("beam_search: length_penalty is {}, but it must be finite and at least 0", value));
  }
  CHECK_THROWS_WITH(write({.end = 4}), "generate: end is 4, but the model's vocabulary has 4 tokens");
  CHECK_THROWS_WITH(write({.end = -2}), "generate: end is -2, but it must be a token, or -1 for none");
  CHECK_THROWS_WITH(search({.end = 4}), "beam_search: end is 4, but the model's vocabulary has 4 tokens");
  CHECK_THROWS_WITH(search({.end = -7}), "beam_search: end is -7, but it must be a token, or -1 for none");
  CHECK(nn::generate(model, model.initial_state(3), three, {.max_new_tokens = 3, .end = 3})[0].ended);
  CHECK(nn::beam_search(model, model.initial_state(3), three, {.beam = INT64_MAX, .max_new_tokens = 1})[0].size() == 1);
  const nn::Prompts outside{{1}, {2, 4}}, negative{{1}, {-1}};
  CHECK_THROWS_WITH(nn::generate(model, model.initial_state(2), outside),
                    "generate: prompt 1 has the token 4, but the model's vocabulary has 4 tokens");
  CHECK_THROWS_WITH(nn::beam_search(model, model.initial_state(2), outside),
                    "beam_search: prompt 1 has the token 4, but the model's vocabulary has 4 tokens");
  CHECK_THROWS_WITH(nn::generate(model, model.initial_state(2), negative),
                    "generate: prompt 1 has the token -1, but tokens must not be negative");
  CHECK_THROWS_WITH(nn::beam_search(model, model.initial_state(2), negative),
                    "beam_search: prompt 1 has the token -1, but tokens must not be negative");

  CHECK_THROWS_WITH(nn::token_probabilities({}, {}, {}),
                    "token_probabilities: there are no logits, but there must be one for each token");
  CHECK_THROWS_WITH(nn::token_probabilities({}, {}, {.temperature = 1, .top_k = 3}),
                    "token_probabilities: there are no logits, but there must be one for each token");
  const std::vector<std::int64_t> before{0, 7};
  CHECK_THROWS_WITH(nn::token_probabilities({1, 2}, before, {}),
                    "token_probabilities: the row has token 7, but the vocabulary has 2 tokens");
  CHECK_THROWS_WITH(nn::token_probabilities({1, 2}, {}, {.temperature = -1}),
                    "token_probabilities: temperature is -1, but it must be finite and at least 0");
  const std::vector<std::int64_t> first{0};
  CHECK_THROWS_AS(nn::token_probabilities({1e300, 2}, first, {.temperature = 1, .repetition_penalty = 1e-300}), Error);
}
