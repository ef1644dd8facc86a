// Key-value cache and decoding steps of transformers.
// Also tests nn/attention/decoding_cache.h.
#include <heed/heed.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "catch.h"
#include "nn/models/small_models.h"
#include "nn/texts.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

double difference(const Tensor& a, const Tensor& b) {
  REQUIRE(to_string(a.shape()) == to_string(b.shape()));
  const auto x = cast(a, float64).to_vector<double>(), y = cast(b, float64).to_vector<double>();
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!(std::abs(x[i] - y[i]) <= worst)) worst = std::abs(x[i] - y[i]);  // NaN counts
  return worst;
}

/// Feeds texts in chunks of `piece` tokens of each row, without the rows that have ended; the logits of each step must
/// be those of a pass over the texts so far.
template <class Model, class Whole>
void check_steps(const Model& model, typename Model::State state, const Texts& texts, std::size_t piece,
                 const Whole& whole, double tolerance) {
  std::vector<std::size_t> rows(texts.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  for (std::size_t begin = 0; !rows.empty(); begin += piece) {
    Texts fresh, so_far;
    for (const std::size_t row : rows) {
      const auto& text = texts[row];
      const auto end = static_cast<std::ptrdiff_t>(std::min(begin + piece, text.size()));
      fresh.emplace_back(text.begin() + static_cast<std::ptrdiff_t>(begin), text.begin() + end);
      so_far.emplace_back(text.begin(), text.begin() + end);
    }
    const Tensor found = model.decode_step(state, joined(fresh), sequences_of(fresh));
    CHECK_FALSE(found.requires_grad());
    CHECK(difference(found, whole(rows, so_far)) < tolerance);
    std::vector<std::int64_t> left;
    std::vector<std::size_t> left_rows;
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (texts[rows[i]].size() > begin + piece) {
        left.push_back(static_cast<std::int64_t>(i));
        left_rows.push_back(rows[i]);
      }
    rows = left_rows;
    state.select(tensor(left, {std::ssize(left)}));
  }
}

const Texts texts{{1, 2, 3, 4, 5, 6, 7}, {8}, {9, 10, 3}, {4, 4, 4, 4, 2, 1, 0, 3, 5, 10, 9}};
const Texts sources{{1, 2}, {3, 4, 5, 6, 7}, {9}, {2, 0, 8}};

}  // namespace

TEST_CASE("decoding steps of a language model equal a pass over whole texts", "[nn]") {
  seed(3);
  const auto check = [](const auto& plain) {
    for (const DType dtype : {float32, float64}) {
      auto model = nn::to(plain, dtype);
      nn::eval(model);
      for (const std::size_t piece : {std::size_t{1}, std::size_t{3}})
        check_steps(
            model, model.initial_state(4), texts, piece,
            [&](const std::vector<std::size_t>&, const Texts& so_far) {
              NoGrad scope;
              const Sequences sequences = sequences_of(so_far);
              return gather_rows(model(joined(so_far), sequences), nn::last_tokens(sequences));
            },
            dtype == float32 ? 1e-5 : 1e-12);
    }
  };
  const small::Sizes sizes{.width = 16, .heads = 4, .key_heads = 2, .max_length = 11};
  check(small::language_model(sizes));
  check(small::language_model<nn::LearnedPositions>(sizes));
  check(small::language_model<nn::NoPositions, nn::Rotary>(sizes));
}

TEST_CASE("decoding steps of an encoder-decoder equal a pass over whole texts", "[nn]") {
  seed(4);
  const auto check = [](const auto& plain) {
    for (const DType dtype : {float32, float64}) {
      auto model = nn::to(plain, dtype);
      nn::eval(model);
      for (const std::size_t piece : {std::size_t{1}, std::size_t{2}})
        check_steps(
            model, model.initial_state(joined(sources), sequences_of(sources)), texts, piece,
            [&](const std::vector<std::size_t>& rows, const Texts& so_far) {
              NoGrad scope;
              Texts of_rows;
              for (const std::size_t row : rows) of_rows.push_back(sources[row]);
              const Sequences sequences = sequences_of(so_far);
              return gather_rows(model(joined(of_rows), sequences_of(of_rows), joined(so_far), sequences),
                                 nn::last_tokens(sequences));
            },
            dtype == float32 ? 1e-5 : 1e-12);
    }
  };
  const small::Sizes sizes{.width = 16, .heads = 4, .depth = 1, .decoder_depth = 2};
  check(small::encoder_decoder(sizes));
  check(small::encoder_decoder<nn::SinusoidalPositions, nn::NoPositions, nn::PostNorm<>>(sizes));
}

TEST_CASE("rows of a state that are repeated, reordered or copied are independent", "[nn]") {
  seed(5);
  auto model = small::language_model({});
  nn::eval(model);
  const auto next = [&](nn::DecodingCache& state, const Texts& fresh) {
    return model.decode_step(state, joined(fresh), sequences_of(fresh));
  };
  const auto whole = [&](const Texts& all) {
    nn::DecodingCache state = model.initial_state(std::ssize(all));
    return next(state, all);
  };
  nn::DecodingCache state = model.initial_state(2);
  next(state, {{1, 2, 3}, {4}});
  state.select(tensor<std::int64_t>({1, 0, 0}));
  nn::DecodingCache copy = state;
  CHECK(difference(next(state, {{5}, {6, 7}, {8}}), whole({{4, 5}, {1, 2, 3, 6, 7}, {1, 2, 3, 8}})) < 1e-5);
  CHECK(difference(next(copy, {{9}, {10}, {0}}), whole({{4, 9}, {1, 2, 3, 10}, {1, 2, 3, 0}})) < 1e-5);
  CHECK(difference(next(state, {{1}, {2}, {3}}), whole({{4, 5, 1}, {1, 2, 3, 6, 7, 2}, {1, 2, 3, 8, 3}})) < 1e-5);
  CHECK(std::ranges::equal(state.lengths(), std::vector<std::int64_t>{3, 6, 5}));
}

TEST_CASE("a cache does not copy a whole row for each token", "[nn]") {
  nn::KeyValueCache cache(1);
  const Tensor one = ones({1, 2, 4});
  int moves = 0;
  const void* place = nullptr;
  for (int i = 0; i < 1000; ++i) {
    cache.append(one, one, Sequences{1});
    const void* now = cache.rows()[0].key.data<float>().data();
    moves += now != place;
    place = now;
  }
  CHECK(cache.rows()[0].length == 1000);
  CHECK(moves == 11);  // 1, 2, 4, ..., 1024
  CHECK(
      std::ranges::all_of(slice(cache.rows()[0].value, 0, 0, 1000).to_vector<float>(), [](float x) { return x == 1; }));

  nn::KeyValueCache shared = cache;  // storage is shared until one of them grows
  CHECK(shared.rows()[0].key.is(cache.rows()[0].key));
}

TEST_CASE("transformers generate and search", "[nn]") {
  seed(6);
  auto model = small::encoder_decoder({.depth = 1});
  nn::eval(model);
  const Texts prompts{{1}, {1, 5}, {1}, {1, 2, 3}};
  const auto written = nn::generate(model, model.initial_state(joined(sources), sequences_of(sources)), prompts,
                                    {.max_new_tokens = 6, .end = 0});
  REQUIRE(written.size() == 4);
  for (std::size_t row = 0; row < 4; ++row) {  // equal to a pass over the whole text at each step
    std::vector<std::int64_t> text = prompts[row];
    for (const std::int64_t token : written[row].tokens) {
      const Tensor logits =
          model(joined({sources[row]}), sequences_of({sources[row]}), joined({text}), sequences_of({text}));
      const auto last = select(logits.detach(), 0, -1).to_vector<float>();
      CHECK(token == std::max_element(last.begin(), last.end()) - last.begin());
      text.push_back(token);
    }
  }
}

TEST_CASE("a decoding state refuses invalid arguments", "[nn]") {
  auto model = small::language_model<nn::LearnedPositions>({.width = 4, .depth = 1, .max_length = 4});
  nn::eval(model);
  nn::DecodingCache state = model.initial_state(2), same = model.initial_state(2);
  const auto step = [&](nn::DecodingCache& of, const Texts& fresh) {
    return model.decode_step(of, joined(fresh), sequences_of(fresh));
  };
  const auto next = [&](const Texts& fresh) { return step(state, fresh); };
  next({{1, 2, 3}, {1}});
  step(same, {{1, 2, 3}, {1}});
  CHECK_THROWS_MATCHES(next({{1}}), Error, Message("DecodingCache: got tokens for 1 rows, but there are 2"));
  CHECK_THROWS_MATCHES(next({{1}, {}}), Error, Message("DecodingCache: row 1 has no new token"));
  CHECK_THROWS_MATCHES(
      model.decode_step(state, tensor<std::int64_t>({1}), Sequences{1, 1}), Error,
      Message("TokenEmbedding{vocabulary = 11, width = 4, dropout = 0.1, embedding_width = 4, first_position = 0, "
              "tied = true, output_biased = false, scale = 2, output_scale = 1, stddev = 0.5}: tokens is [1], but it "
              "must have a row for each of 2 tokens"));
  CHECK_THROWS_MATCHES(
      next({{1, 2}, {1}}), Error,
      Message("TokenEmbedding{vocabulary = 11, width = 4, dropout = 0.1, embedding_width = 4, first_position = 0, "
              "tied = true, output_biased = false, scale = 2, output_scale = 1, stddev = 0.5}: the longest "
              "sequence is 5, but there are positions for 4 only"));
  CHECK_THROWS_AS(next({{1}, {11}}), Error);
  auto broken = model;
  broken.layers.layers[0].feed_forward.up = {.in = 5, .out = 16};  // fails after the attention has stored its keys
  CHECK_THROWS_AS(broken.decode_step(state, tensor<std::int64_t>({1, 1}), Sequences{1, 1}), Error);
  CHECK_THROWS_MATCHES(state.select(tensor<std::int64_t>({0, 2})), Error,
                       Message("DecodingCache: row 2 is selected, but there are 2"));
  CHECK_THROWS_MATCHES(state.select(ones({2})), Error,
                       Message("DecodingCache: rows are float32 [2], but they must be int64 [rows]"));
  CHECK_THROWS_MATCHES(model.initial_state(-1), Error,
                       Message("DecodingCache: got -1 rows, but there can be from 0 to 16777216"));
  // The state is unchanged.
  CHECK(std::ranges::equal(state.lengths(), std::vector<std::int64_t>{3, 1}));
  CHECK(next({{1}, {1}}).to_vector<float>() == step(same, {{1}, {1}}).to_vector<float>());

  nn::KeyValueCache cache(1);
  cache.append(ones({2, 2, 3}), ones({2, 2, 4}), Sequences{2});
  CHECK_THROWS_MATCHES(
      cache.append(ones({2, 2, 3}), ones({1, 2, 4}), Sequences{2}), Error,
      Message("KeyValueCache: key is [2, 2, 3] and value [1, 2, 4], but with 2 tokens both must be [2, "
              "heads, width]"));
  CHECK_THROWS_MATCHES(cache.append(ones({2, 2, 3}), ones({2, 2, 4}), Sequences{1, 1}), Error,
                       Message("KeyValueCache: got 2 sequences, but there are 1 rows"));
  CHECK_THROWS_MATCHES(
      cache.append(ones({1, 2, 5}), ones({1, 2, 4}), Sequences{1}), Error,
      Message("KeyValueCache: key is float32 [1, 2, 5] and value [1, 2, 4], but what they are added to "
              "is float32 [2, 2, 3] and [2, 2, 4]"));
  CHECK_THROWS_MATCHES(nn::last_tokens(Sequences{1, 0}), Error, Message("last_tokens: sequence 1 of 2 is empty"));
}
