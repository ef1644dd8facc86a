// generate and beam_search on transformers, compared with the same models without a cache.
#include <heed/heed.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "catch.h"
#include "nn/models/small_models.h"
#include "nn/texts.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

const Texts prompts{{1}, {2, 3, 1, 2}, {3, 3}, {1, 1, 2}};
const Texts sources{{1, 2}, {3, 1, 2, 3, 1, 2, 3}, {2}, {2, 1, 3}};

Texts chosen(const Texts& from, const Text& rows) {
  Texts some;
  for (const std::int64_t row : rows) some.push_back(from.at(static_cast<std::size_t>(row)));
  return some;
}

/// Model without a key-value cache: reads the source and the whole text of each row at each step.
template <class Model>
struct WithoutCache {
  static constexpr bool reads_source = requires(const Model& model) { model.encoder; };

  const Model& model;

  struct State {
    Texts sources, texts;

    void select(const Tensor& rows) {
      const auto list = rows.to_vector<std::int64_t>();
      sources = chosen(sources, list);
      texts = chosen(texts, list);
    }
  };

  State initial_state(const Texts& of_rows) const { return {of_rows, Texts(of_rows.size())}; }

  Tensor decode_step(State& state, const Tensor& tokens, const Sequences& sequences) const {
    const auto fresh = tokens.to_vector<std::int64_t>();
    for (std::int64_t row = 0; row < sequences.count(); ++row) {
      Text& text = state.texts.at(static_cast<std::size_t>(row));
      text.insert(text.end(), fresh.begin() + sequences.offset(row), fresh.begin() + sequences.offset(row + 1));
    }
    return after(state.sources, state.texts);
  }

  /// Logits of the next token of each text: [texts, vocabulary].
  Tensor after(const Texts& of_rows, const Texts& texts) const {
    NoGrad scope;
    const Sequences all = sequences_of(texts);
    const auto logits = [&] {
      if constexpr (reads_source)
        return model(joined(of_rows), sequences_of(of_rows), joined(texts), all);
      else
        return model(joined(texts), all);
    }();
    return gather_rows(logits, nn::last_tokens(all));
  }
  std::vector<double> after(std::size_t row, const Text& text) const {
    return cast(after({sources[row]}, {text}), float64).template to_vector<double>();
  }

  /// The model's initial decoding state.
  auto begin_model(const Texts& of_rows) const {
    if constexpr (reads_source)
      return model.initial_state(joined(of_rows), sequences_of(of_rows));
    else
      return model.initial_state(of_rows.size());
  }
};

/// Calls check(WithoutCache{model}, tolerance) for small models of both kinds and both dtypes, with weights large
/// enough to generate varied texts.
template <class Check>
void with_models(std::int64_t vocabulary, const Check& check) {
  const auto with = [&](auto model, DType dtype) {
    nn::init_normal(model, 0.4f);
    auto converted = nn::to(model, dtype);
    nn::eval(converted);
    check(WithoutCache<std::decay_t<decltype(converted)>>{converted}, dtype == float32 ? 1e-4 : 1e-12);
  };
  for (const DType dtype : {float32, float64}) {
    const small::Sizes sizes{.vocabulary = vocabulary, .width = 16, .heads = 4, .key_heads = 2};
    with(small::language_model(sizes), dtype);
    with(small::language_model<nn::LearnedPositions>(sizes), dtype);
    with(small::language_model<nn::NoPositions, nn::Rotary>(sizes), dtype);
    with(small::encoder_decoder({.vocabulary = vocabulary, .width = 16, .depth = 1, .decoder_depth = 2}), dtype);
  }
}

Texts tokens_of(const std::vector<nn::Generated>& written) {
  Texts texts;
  for (const nn::Generated& one : written) texts.push_back(one.tokens);
  return texts;
}

double log_probability(const std::vector<double>& logits, std::int64_t token) {
  double total = 0;
  for (const double logit : logits) total += std::exp(logit);
  return logits.at(static_cast<std::size_t>(token)) - std::log(total);
}

}  // namespace

TEST_CASE("greedy generation equals that without a cache", "[nn]") {
  seed(1);
  std::int64_t ended = 0, different = 0;
  with_models(11, [&](const auto& reference, double) {
    const auto written =
        nn::generate(reference.model, reference.begin_model(sources), prompts, {.max_new_tokens = 9, .end = 0});
    REQUIRE(written.size() == prompts.size());
    for (std::size_t row = 0; row < prompts.size(); ++row) {
      Text text = prompts[row], expected;
      bool ends = false;
      while (!ends && expected.size() < 9) {
        const auto logits = reference.after(row, text);
        const auto token = std::max_element(logits.begin(), logits.end()) - logits.begin();
        ends = token == 0;
        if (!ends) expected.push_back(token);
        text.push_back(token);
      }
      CHECK(written[row].tokens == expected);
      CHECK(written[row].ended == ends);
      ended += ends;
      different += expected != std::vector<std::int64_t>(expected.size(), expected.empty() ? 0 : expected[0]);
    }
  });
  CHECK(ended > 0);
  CHECK(different > 4);
}

TEST_CASE("sampling after the same seed equals that without a cache", "[nn]") {
  seed(2);
  with_models(11, [](const auto& reference, double) {
    const nn::GenerateOptions options{
        .sampling = {.temperature = 0.9, .top_k = 8, .top_p = 0.95, .min_p = 0.01, .repetition_penalty = 1.2},
        .max_new_tokens = 12,
        .end = 0};
    const auto drawn = [&](std::uint64_t value) {
      const AmbientScope scope{ambient()};
      seed(value);
      return tokens_of(nn::generate(reference.model, reference.begin_model(sources), prompts, options));
    };
    const Texts once = drawn(7);
    CHECK(drawn(7) == once);
    CHECK(drawn(8) != once);
    const AmbientScope scope{ambient()};
    seed(7);
    CHECK(tokens_of(nn::generate(reference, reference.initial_state(sources), prompts, options)) == once);
  });
}

TEST_CASE("the continuation of a given prefix equals that of a generated one", "[nn]") {
  seed(3);
  with_models(11, [](const auto& reference, double) {
    const auto whole =
        tokens_of(nn::generate(reference.model, reference.begin_model(sources), prompts, {.max_new_tokens = 8}));
    Texts forced = prompts, rest;
    for (std::size_t row = 0; row < forced.size(); ++row) {
      const auto kept = whole[row].begin() + static_cast<std::ptrdiff_t>(row + 1);
      forced[row].insert(forced[row].end(), whole[row].begin(), kept);
      rest.emplace_back(kept, whole[row].end());
    }
    const auto written =
        tokens_of(nn::generate(reference.model, reference.begin_model(sources), forced, {.max_new_tokens = 8}));
    for (std::size_t row = 0; row < forced.size(); ++row)
      CHECK(Text(written[row].begin(), written[row].begin() + std::ssize(rest[row])) == rest[row]);
  });
}

TEST_CASE("on_token gets a transformer's tokens, and can stop a row", "[nn]") {
  seed(4);
  with_models(11, [](const auto& reference, double) {
    const auto whole =
        tokens_of(nn::generate(reference.model, reference.begin_model(sources), prompts, {.max_new_tokens = 6}));
    std::map<std::int64_t, Text> streamed;
    nn::GenerateOptions options{.max_new_tokens = 6};
    options.on_token = [&](std::int64_t row, std::int64_t token) {
      streamed[row].push_back(token);
      return row != 1 || streamed[row].size() < 2;
    };
    const auto written = tokens_of(nn::generate(reference.model, reference.begin_model(sources), prompts, options));
    for (std::size_t row = 0; row < prompts.size(); ++row) {
      CHECK(written[row] == streamed[static_cast<std::int64_t>(row)]);
      CHECK(written[row] == Text(whole[row].begin(), whole[row].begin() + (row == 1 ? 2 : 6)));
    }
  });
}

TEST_CASE("a transformer's beam search with size 1 is greedy, and a wider one equals that without a cache", "[nn]") {
  seed(5);
  with_models(11, [](const auto& reference, double tolerance) {
    const auto written =
        nn::generate(reference.model, reference.begin_model(sources), prompts, {.max_new_tokens = 7, .end = 0});
    const auto narrow = nn::beam_search(reference.model, reference.begin_model(sources), prompts,
                                        {.beam = 1, .max_new_tokens = 7, .end = -1, .length_penalty = 0});
    for (std::size_t row = 0; row < prompts.size(); ++row) {
      // Beam search keeps unfinished hypotheses longer, so texts are compared up to the end token.
      const Text& found = narrow[row].at(0).tokens;
      CHECK(Text(found.begin(), std::find(found.begin(), found.end(), 0)) == written[row].tokens);
      Text text = prompts[row];
      double expected = 0;
      for (const std::int64_t token : found) {
        expected += log_probability(reference.after(row, text), token);
        text.push_back(token);
      }
      CHECK(std::abs(narrow[row][0].log_probability - expected) < 10 * tolerance);
    }
    const nn::BeamSearchOptions options{.beam = 3, .best = 3, .max_new_tokens = 7, .end = 0};
    const auto wide = nn::beam_search(reference.model, reference.begin_model(sources), prompts, options);
    const auto expected = nn::beam_search(reference, reference.initial_state(sources), prompts, options);
    for (std::size_t row = 0; row < prompts.size(); ++row) {
      REQUIRE(wide[row].size() == expected[row].size());
      for (std::size_t i = 0; i < wide[row].size(); ++i) {
        CHECK(wide[row][i].tokens == expected[row][i].tokens);
        CHECK(std::abs(wide[row][i].score - expected[row][i].score) < tolerance);
      }
    }
  });
}

TEST_CASE("a transformer's wide beam finds the globally best texts", "[nn]") {
  seed(6);
  with_models(4, [](const auto& reference, double tolerance) {
    const nn::BeamSearchOptions options{.beam = 27, .best = 8, .max_new_tokens = 4, .end = 0, .length_penalty = 0.7};
    const auto found = nn::beam_search(reference.model, reference.begin_model(sources), prompts, options);
    for (std::size_t row = 0; row < prompts.size(); ++row) {
      std::vector<nn::Hypothesis> all;
      const std::function<void(const Text&, double)> follow = [&](const Text& text, double so_far) {
        Text read = prompts[row];
        read.insert(read.end(), text.begin(), text.end());
        const auto logits = reference.after(row, read);
        const double length = static_cast<double>(text.size()) + 1;
        for (std::int64_t token = 0; token < 4; ++token) {
          const double now = so_far + log_probability(logits, token);
          Text longer = text;
          if (token != options.end) longer.push_back(token);
          if (token == options.end || std::ssize(text) + 1 == options.max_new_tokens)
            all.push_back(
                {longer, now, now / std::pow((5 + length) / 6, options.length_penalty), token == options.end});
          else
            follow(longer, now);
        }
      };
      follow({}, 0);
      std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.score > b.score; });
      REQUIRE(found[row].size() == 8);
      for (std::size_t i = 0; i < 8; ++i) {
        CHECK(found[row][i].tokens == all[i].tokens);
        CHECK(found[row][i].ended == all[i].ended);
        CHECK(std::abs(found[row][i].score - all[i].score) < tolerance);
      }
    }
  });
}

TEST_CASE("texts longer than a transformer's learned positions", "[nn]") {
  seed(7);
  const small::Sizes sizes{.vocabulary = 5, .depth = 1, .max_length = 4};
  auto model = small::language_model<nn::LearnedPositions>(sizes);
  nn::eval(model);
  CHECK_THROWS_MATCHES(nn::generate(model, model.initial_state(2), {{1}, {1, 2, 3, 4, 1}}), Error,
                       Message("generate: prompt 1 has 5 tokens, but the model can read 4"));
  CHECK_THROWS_MATCHES(nn::beam_search(model, model.initial_state(1), {{1, 2, 3, 4, 1}}), Error,
                       Message("beam_search: prompt 0 has 5 tokens, but the model can read 4"));
  CHECK_THROWS_MATCHES(nn::generate(model, model.initial_state(1), {{1, 2, 3}}, {.context = 2}), Error,
                       Message("generate: prompt 0 has 3 tokens, but the model can read 2"));
  // A row ends after the prediction from four tokens.
  CHECK(nn::generate(model, model.initial_state(1), {{1, 2}})[0].tokens.size() == 3);
  CHECK(nn::generate(model, model.initial_state(1), {{1, 2}}, {.context = 9})[0].tokens.size() == 3);
  CHECK(nn::generate(model, model.initial_state(1), {{1, 2}}, {.context = 3})[0].tokens.size() == 2);
  CHECK(nn::beam_search(model, model.initial_state(1), {{1, 2}})[0][0].tokens.size() == 3);
  auto endless = small::language_model(sizes);
  nn::eval(endless);
  CHECK(nn::generate(endless, endless.initial_state(1), {{1, 2, 3, 4, 1}}, {.max_new_tokens = 20})[0].tokens.size() ==
        20);

  auto translator = small::encoder_decoder<nn::LearnedPositions>(sizes);
  nn::eval(translator);
  const auto begin = [&](const Texts& texts) { return translator.initial_state(joined(texts), sequences_of(texts)); };
  CHECK_THROWS_MATCHES(nn::generate(translator, begin({{1}}), {{1, 2, 3, 4, 1}}), Error,
                       Message("generate: prompt 0 has 5 tokens, but the model can read 4"));
  CHECK_THROWS_WITH(begin({{1, 2, 3, 4, 1}}),
                    Catch::Matchers::EndsWith("the longest sequence is 5, but there are positions for 4 only"));
}
