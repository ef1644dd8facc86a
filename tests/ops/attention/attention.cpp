#include <heed/autodiff/backward.h>
#include <heed/autodiff/gradcheck.h>
#include <heed/graph/ambient.h>
#include <heed/graph/create.h>
#include <heed/graph/executor.h>
#include <heed/graph/memory.h>
#include <heed/ops/attention/attention.h>
#include <heed/ops/kernels/random.h>
#include <heed/ops/math/arithmetic.h>
#include <heed/ops/reduce/reduce.h>
#include <heed/ops/shape/view.h>

#include <cmath>
#include <numeric>
#include <random>

#include "catch.h"

using namespace heed;

namespace {

struct Case {
  std::string name;
  std::vector<std::int64_t> queries, keys;  // lengths
  std::int64_t heads = 2, key_heads = 2, key_width = 5, value_width = 5;
  AttentionOptions options = {};
  bool is_causal = false;  // in addition to the options' mask
};

Sequences sequences_of(const std::vector<std::int64_t>& lengths) { return Sequences(std::span(lengths)); }

Tensor random(const Shape& shape, DType dtype, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(static_cast<std::size_t>(shape.elements()));
  for (double& value : values) value = normal(generator);
  return cast(tensor(values, shape), dtype);
}

struct Inputs3 {
  Tensor query, key, value;
};
Inputs3 inputs_of(const Case& c, DType dtype) {
  const std::int64_t queries = std::accumulate(c.queries.begin(), c.queries.end(), std::int64_t{0});
  const std::int64_t keys = std::accumulate(c.keys.begin(), c.keys.end(), std::int64_t{0});
  return {random({queries, c.heads, c.key_width}, dtype, 1), random({keys, c.key_heads, c.key_width}, dtype, 2),
          random({keys, c.key_heads, c.value_width}, dtype, 3)};
}

Tensor attend(const Case& c, const Inputs3& x) {
  return attention(x.query, x.key, x.value, sequences_of(c.queries), sequences_of(c.keys), c.options);
}

/// Dropout factor of weight (token, head, key), in the random stream of the next op.
double dropout_factor(const AttentionOptions& options, std::int64_t heads, std::int64_t token, std::int64_t head,
                      std::int64_t key) {
  if (options.dropout == 0) return 1;
  double factor = 1;
  const kernels::Index row = (token * heads + head) << 32;
  kernels::get<kernels::DistributionKernels<double>>().dropout(
      {ambient().seed, ambient().next_stream}, row + key, static_cast<double>(options.dropout), &factor, &factor, 1);
  return factor;
}

/// Reference: the formula in double, in plain loops.
std::vector<double> reference(const Case& c, const Inputs3& inputs) {
  const auto query = cast(inputs.query, float64).to_vector<double>(),
             key = cast(inputs.key, float64).to_vector<double>(),
             value = cast(inputs.value, float64).to_vector<double>();
  const auto at = [](const std::vector<double>& x, std::int64_t token, std::int64_t heads, std::int64_t head,
                     std::int64_t width,
                     std::int64_t i) { return x[static_cast<std::size_t>((token * heads + head) * width + i)]; };
  const double scale = c.options.scale ? *c.options.scale : 1 / std::sqrt(static_cast<double>(c.key_width));
  std::vector<double> y(query.size() / static_cast<std::size_t>(c.key_width) * static_cast<std::size_t>(c.value_width));
  std::int64_t first_query = 0, first_key = 0;
  for (std::size_t s = 0; s < c.queries.size(); first_query += c.queries[s], first_key += c.keys[s], ++s)
    for (std::int64_t i = 0; i < c.queries[s]; ++i)
      for (std::int64_t head = 0; head < c.heads; ++head) {
        const std::int64_t token = first_query + i, key_head = head / (c.heads / c.key_heads);
        std::vector<double> weights;
        for (std::int64_t j = 0; j < c.keys[s]; ++j) {
          double dot = 0;
          for (std::int64_t a = 0; a < c.key_width; ++a)
            dot += at(query, token, c.heads, head, c.key_width, a) *
                   at(key, first_key + j, c.key_heads, key_head, c.key_width, a);
          if (!c.is_causal || j <= i + c.keys[s] - c.queries[s]) weights.push_back(std::exp(scale * dot));
        }
        const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
        for (std::int64_t a = 0; a < c.value_width; ++a) {
          double& result = y[static_cast<std::size_t>((token * c.heads + head) * c.value_width + a)];
          for (std::size_t j = 0; j < weights.size(); ++j) {
            const auto k = static_cast<std::int64_t>(j);
            result += weights[j] / sum * dropout_factor(c.options, c.heads, token, head, k) *
                      at(value, first_key + k, c.key_heads, key_head, c.value_width, a);
          }
        }
      }
  return y;
}

/// Returns the largest difference, relative to the largest element, or to 1.
double difference(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double most = 0, largest = 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(std::abs(a[i] - b[i]) <= most)) most = std::abs(a[i] - b[i]);  // NaN counts
    largest = std::max(largest, std::abs(b[i]));
  }
  return most / largest;
}
double difference(const Tensor& a, const Tensor& b) {
  return difference(cast(a, float64).to_vector<double>(), cast(b, float64).to_vector<double>());
}

bool same_bits(const Tensor& a, const Tensor& b) { return a.to_vector<float>() == b.to_vector<float>(); }

const std::vector<std::int64_t> ragged{5, 0, 33, 130}, other{7, 3, 0, 300};

std::vector<Case> cases() {
  return {
      {.name = "no sequence", .queries = {}, .keys = {}},
      {.name = "an empty sequence", .queries = {0}, .keys = {0}},
      {.name = "one token", .queries = {1}, .keys = {1}},
      {.name = "one token, causal", .queries = {1}, .keys = {1}, .options = {.mask = causal()}, .is_causal = true},
      {.name = "ragged", .queries = ragged, .keys = ragged},
      {.name = "ragged, causal", .queries = ragged, .keys = ragged, .options = {.mask = causal()}, .is_causal = true},
      {.name = "cross", .queries = ragged, .keys = other},
      {.name = "cross, causal", .queries = ragged, .keys = other, .options = {.mask = causal()}, .is_causal = true},
      {.name = "newest token", .queries = {1, 1}, .keys = {9, 600}, .options = {.mask = causal()}, .is_causal = true},
      {.name = "more queries than keys",
       .queries = {70, 200},
       .keys = {3, 65},
       .options = {.mask = causal()},
       .is_causal = true},
      {.name = "grouped queries", .queries = ragged, .keys = ragged, .heads = 6, .key_heads = 2},
      {.name = "one key head, other widths",
       .queries = ragged,
       .keys = other,
       .heads = 3,
       .key_heads = 1,
       .key_width = 7,
       .value_width = 16,
       .options = {.mask = causal()},
       .is_causal = true},
      {.name = "width 1", .queries = {4}, .keys = {3}, .heads = 1, .key_heads = 1, .key_width = 1, .value_width = 1},
      {.name = "scale", .queries = {40}, .keys = {50}, .options = {.scale = 0.1f}},
      {.name = "dropout", .queries = ragged, .keys = other, .options = {.dropout = 0.3f}},
      {.name = "all",
       .queries = ragged,
       .keys = other,
       .heads = 4,
       .key_heads = 2,
       .key_width = 8,
       .value_width = 3,
       .options = {.mask = causal(), .dropout = 0.5f, .scale = 0.7f},
       .is_causal = true},
      {.name = "several tiles",
       .queries = {150},
       .keys = {1100},
       .heads = 1,
       .key_heads = 1,
       .options = {.mask = causal(), .dropout = 0.1f},
       .is_causal = true},
  };
}

}  // namespace

TEST_CASE("sequences", "[ops]") {
  const Sequences sequences{2, 0, 3};
  CHECK(sequences.count() == 3);
  CHECK(sequences.tokens() == 5);
  CHECK(sequences.max_length() == 3);
  CHECK(std::vector(sequences.offsets().begin(), sequences.offsets().end()) == std::vector<std::int64_t>{0, 2, 2, 5});
  CHECK(sequences.offset(2) == 2);
  CHECK(sequences.length(2) == 3);
  CHECK(sequences.positions().to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1, 0, 1, 2});
  const Sequences none{};
  CHECK(none.count() == 0);
  CHECK(none.tokens() == 0);
  CHECK(none.max_length() == 0);
  const Sequences dense = Sequences::equal(2, 2);
  CHECK(dense.positions().to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 1, 0, 1});
  CHECK_THROWS_WITH((Sequences{3, -1}), "Sequences: sequence 1 has length -1, but lengths must not be negative");
  CHECK_THROWS_WITH(Sequences::equal(-1, 2), "Sequences::equal: batch is -1, but it must not be negative");
}

TEST_CASE("attention agrees with its formula", "[ops]") {
  for (const Case& c : cases()) {
    INFO(c.name);
    for (DType dtype : {float32, float64}) {
      const Inputs3 x = inputs_of(c, dtype);
      seed(5);
      const std::vector<double> expected = reference(c, x);
      const Tensor y = attend(c, x);
      CHECK(y.shape() == Shape{x.query.size(0), c.heads, c.value_width});
      CHECK(difference(cast(y, float64).to_vector<double>(), expected) < (dtype == float32 ? 2e-6 : 1e-14));
    }
  }
}

TEST_CASE("the gradient of attention agrees with that of its composition", "[ops]") {
  for (const Case& c : cases()) {
    if (c.queries.empty()) continue;  // no elements
    INFO(c.name);
    for (DType dtype : {float32, float64}) {
      const Inputs3 x = inputs_of(c, dtype);
      for (const Tensor& input : {x.query, x.key, x.value}) input.require_grad();
      const Tensor y = attend(c, x);
      const Tensor dy = random(y.shape(), dtype, 4);
      const std::vector<Tensor> all{x.query, x.key, x.value};
      const auto fused = grad(y, all, {.output_gradients = {dy}, .retain_graph = true});
      const auto composed = grad(y, all, {.output_gradients = {dy}, .create_graph = true});
      for (std::size_t i = 0; i < all.size(); ++i) {
        REQUIRE(fused[i]);
        CHECK(difference(fused[i], composed[i]) < (dtype == float32 ? 1e-5 : 1e-13));
      }
    }
  }
}

TEST_CASE("attention passes gradcheck and gradgradcheck", "[ops]") {
  const std::vector<Case> small{
      {.name = "plain", .queries = {2, 0, 3}, .keys = {3, 1, 2}, .key_width = 2, .value_width = 3},
      {.name = "grouped, causal",
       .queries = {3, 1},
       .keys = {2, 2},
       .heads = 4,
       .key_width = 2,
       .value_width = 1,
       .options = {.mask = causal()},
       .is_causal = true},
      {.name = "dropout",
       .queries = {3},
       .keys = {4},
       .key_width = 2,
       .value_width = 2,
       .options = {.mask = causal(), .dropout = 0.4f, .scale = 0.8f},
       .is_causal = true},
  };
  for (const Case& c : small) {
    INFO(c.name);
    const Inputs3 x = inputs_of(c, float64);
    for (const Tensor& input : {x.query, x.key, x.value}) input.require_grad();
    const auto function = [&](const Tensor& query, const Tensor& key, const Tensor& value) {
      return attend(c, {query, key, value});
    };
    CHECK(gradcheck(function, {x.query, x.key, x.value}));
    CHECK(gradgradcheck(function, {x.query, x.key, x.value}));
  }
}

TEST_CASE("attention computes only the gradients that are needed", "[ops]") {
  const Case c{.name = "", .queries = {3, 70}, .keys = {9, 4}, .heads = 4, .options = {.dropout = 0.2f}};
  const Inputs3 x = inputs_of(c, float64);
  const std::vector<Tensor> all{x.query, x.key, x.value};
  for (const Tensor& input : all) input.require_grad();
  seed(1);
  const auto together = grad(sum(attend(c, x)), all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) all[j].require_grad(i == j);
    seed(1);
    CHECK(grad(sum(attend(c, x)), all[i]).to_vector<double>() == together[i].to_vector<double>());
  }
}

TEST_CASE("a query without keys gives zeros and has no gradient", "[ops]") {
  const Case c{.name = "",
               .queries = {4, 2},
               .keys = {2, 0},
               .heads = 1,
               .key_heads = 1,
               .options = {.mask = causal()},
               .is_causal = true};
  const Inputs3 x = inputs_of(c, float32);
  for (const Tensor& input : {x.query, x.key, x.value}) input.require_grad();
  const Tensor y = attend(c, x);
  backward(sum(y * random(y.shape(), float32, 9)));
  for (const Tensor& rows : {y.detach(), x.query.grad()})
    for (std::int64_t token : {0, 1, 4, 5})
      CHECK(select(rows, 0, token).to_vector<float>() == std::vector<float>{0, 0, 0, 0, 0});
  for (float element : x.key.grad().to_vector<float>()) CHECK(std::isfinite(element));
}

TEST_CASE("attention propagates NaN", "[ops]") {
  const Tensor x = ones({3, 1, 2}), spoilt = tensor({1.0f, 1.0f, 1.0f, NAN, 1.0f, 1.0f}, {3, 1, 2});
  const std::vector<float> y = attention(spoilt, x, x, Sequences{3}).to_vector<float>();
  for (std::size_t i : {0u, 1u, 4u, 5u}) CHECK(y[i] == 1);
  for (std::size_t i : {2u, 3u}) CHECK(std::isnan(y[i]));
}

TEST_CASE("attention takes views of any strides", "[ops]") {
  const std::int64_t heads = 3, width = 4;
  const Sequences sequences{5, 0, 80};
  for (DType dtype : {float32, float64}) {
    const Tensor qkv = random({85, 3, heads, width}, dtype, 1).require_grad();
    const auto part = [&](int i) { return select(qkv, 1, i); };
    const Tensor apart[] = {contiguous(part(0).detach()), contiguous(part(1).detach()), contiguous(part(2).detach())};
    for (const Tensor& one : apart) one.require_grad();
    const Tensor y = attention(part(0), part(1), part(2), sequences, {.mask = causal()});
    const Tensor expected = attention(apart[0], apart[1], apart[2], sequences, {.mask = causal()});
    CHECK(difference(y, expected) < 1e-15);
    backward(sum(y * y));
    backward(sum(expected * expected));
    for (int i = 0; i < 3; ++i) CHECK(difference(select(qkv.grad(), 1, i), apart[i].grad()) < 1e-15);

    // Strides that no matrix product can read: a strided last axis, and one row broadcast to all tokens.
    const Tensor across = transpose(random({85, width, heads}, dtype, 2)),
                 repeated = broadcast_to(across, across.shape());
    const Tensor one = broadcast_to(random({1, heads, width}, dtype, 3), {85, heads, width});
    CHECK(difference(attention(across, across, one, sequences),
                     attention(contiguous(across), contiguous(across), contiguous(one), sequences)) < 1e-15);
  }
}

TEST_CASE("dropout in attention keeps the mean, and draws the same numbers in backward", "[ops]") {
  // With the unit vectors as values, y is the row of weights.
  const std::int64_t n = 300;
  std::vector<float> unit(static_cast<std::size_t>(n * n), 0.0f);
  for (std::int64_t i = 0; i < n; ++i) unit[static_cast<std::size_t>(i * n + i)] = 1;
  const Tensor value = tensor(unit, {n, 1, n}), same = zeros({n, 1, 4});
  seed(3);
  const Tensor weights = attention(same, same, value, Sequences{n}, {.dropout = 0.25f});
  CHECK(ambient().next_stream == 1);
  ambient().next_stream = 0;
  double total = 0;
  bool as_decided = true;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      const double weight = weights.data<float>()[static_cast<std::size_t>(i * n + j)] * static_cast<double>(n);
      as_decided &= std::abs(weight - dropout_factor({.dropout = 0.25f}, 1, i, 0, j)) < 1e-5;
      total += weight;
    }
  CHECK(as_decided);
  CHECK(total / static_cast<double>(n * n) == Approx(1).margin(0.01));  // 5 standard deviations

  ambient().next_stream = 0;
  CHECK(same_bits(attention(same, same, value, Sequences{n}, {.dropout = 0.25f}), weights));
  CHECK_FALSE(same_bits(attention(same, same, value, Sequences{n}, {.dropout = 0.25f}), weights));
  ambient().next_stream = 7;
  attention(same, same, value, Sequences{n});
  CHECK(ambient().next_stream == 7);  // without dropout no stream is taken
}

TEST_CASE("attention has the same bits with any number of threads", "[ops]") {
  const int before = threads();
  const Case c{.name = "",
               .queries = {300, 5, 0, 128},
               .keys = {600, 5, 9, 64},
               .heads = 4,
               .key_width = 32,
               .value_width = 32,
               .options = {.mask = causal(), .dropout = 0.1f}};
  const Inputs3 x = inputs_of(c, float32);
  const std::vector<Tensor> all{x.query, x.key, x.value};
  for (const Tensor& input : all) input.require_grad();
  std::vector<Tensor> first;
  for (int n : {1, 2, 3}) {
    set_threads(n);
    seed(1);
    const Tensor y = attend(c, x);
    std::vector<Tensor> results = grad(y, all, {.output_gradients = {random(y.shape(), float32, 4)}});
    results.push_back(y.detach());
    if (first.empty()) first = results;
    for (std::size_t i = 0; i < results.size(); ++i) CHECK(same_bits(results[i], first[i]));
  }
  set_threads(before);
}

TEST_CASE("attention stores no [queries, keys] matrix", "[ops]") {
  const std::int64_t length = 2048, heads = 2, width = 64;
  const Tensor x = random({length, heads, width}, float32, 1).require_grad();
  const std::int64_t before = memory_report().in_use;
  reset_peak_memory();
  backward(sum(attention(x, x, x, Sequences{length}, {.mask = causal(), .dropout = 0.1f})));
  const std::int64_t one = length * heads * width * 4;
  CHECK(memory_report().peak - before < 10 * one);  // y, dy, three gradients, their sums, tiles: 10 MB
  CHECK(length * length * heads * 4 > 30 * one);    // a matrix of scores would be 33 MB
}

TEST_CASE("error messages of attention", "[ops]") {
  const auto attend_to = [](const Shape& query, const Shape& key, const Shape& value, const Sequences& queries,
                            const Sequences& keys, const AttentionOptions& options = {}) {
    return attention(zeros(query), zeros(key), zeros(value), queries, keys, options);
  };
  const Sequences two{1, 1}, three{1, 2};
  CHECK_THROWS_WITH(attend_to({2, 4}, {3, 1, 4}, {3, 1, 4}, two, three),
                    "attention: query is [2, 4], but it must have three axes, [tokens, heads, width]");
  CHECK_THROWS_WITH(attend_to({2, 1, 4}, {3, 1, 4}, {3, 4}, two, three),
                    "attention: value is [3, 4], but it must have three axes, [tokens, heads, width]");
  CHECK_THROWS_WITH(
      attention(zeros({2, 1, 4}), zeros({2, 1, 4}, float64), zeros({2, 1, 4}), two),
      "attention: query is float32 and key is float64, but both must have the same dtype; cast one of them");
  CHECK_THROWS_WITH(attention(zeros({2, 1, 4}, int64), zeros({2, 1, 4}, int64), zeros({2, 1, 4}, int64), two),
                    Catch::Contains("attention: ") && Catch::Contains("int64"));
  CHECK_THROWS_WITH(attend_to({2, 1, 4}, {3, 1, 5}, {3, 1, 4}, two, three),
                    "attention: query is [2, 1, 4], key [3, 1, 5] and value [3, 1, 4], but query and key must have the "
                    "same width, at least 1");
  CHECK_THROWS_WITH(attend_to({2, 1, 4}, {3, 1, 4}, {2, 1, 4}, two, three),
                    "attention: query is [2, 1, 4], key [3, 1, 4] and value [2, 1, 4], but key and value must have the "
                    "same tokens and heads");
  CHECK_THROWS_WITH(attend_to({2, 3, 4}, {3, 2, 4}, {3, 2, 4}, two, three),
                    "attention: query is [2, 3, 4], key [3, 2, 4] and value [3, 2, 4], but query's heads (3) must be a "
                    "multiple of key's (2)");
  CHECK_THROWS_WITH(attend_to({2, 1, 4}, {3, 0, 4}, {3, 0, 4}, two, three), Catch::Contains("multiple of key's (0)"));
  CHECK_THROWS_WITH(attend_to({3, 1, 4}, {3, 1, 4}, {3, 1, 4}, two, three),
                    "attention: query is [3, 1, 4], but query_sequences has 2 tokens, so its first axis must be 2");
  CHECK_THROWS_WITH(attend_to({2, 1, 4}, {2, 1, 4}, {2, 1, 4}, two, three),
                    "attention: key is [2, 1, 4], but key_sequences has 3 tokens, so its first axis must be 3");
  CHECK_THROWS_WITH(
      attend_to({2, 1, 4}, {3, 1, 4}, {3, 1, 4}, two, Sequences{3}),
      "attention: query_sequences has 2 sequences and key_sequences 1, but both must have the same number");
  for (float dropout : {1.0f, -0.5f, std::nanf("")})
    CHECK_THROWS_WITH(attend_to({2, 1, 4}, {3, 1, 4}, {3, 1, 4}, two, three, {.dropout = dropout}),
                      Catch::Contains("it must be at least 0 and less than 1"));
}
