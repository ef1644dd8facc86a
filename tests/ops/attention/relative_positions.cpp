#include <heed/ops/kernels/random.h>

#include <cmath>
#include <numeric>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using Catch::Matchers::Message;

namespace {

struct Case {
  std::string name;
  std::vector<std::int64_t> queries, keys;  // lengths
  std::int64_t heads = 2, key_heads = 2, key_width = 5, value_width = 3, relative_heads = 1, clipped_to = 40;
  AttentionOptions options = {};  // without functions of distances
  bool is_causal = false;         // in addition to the options' mask
};

Sequences sequences_of(const std::vector<std::int64_t>& lengths) { return Sequences(std::span(lengths)); }
std::int64_t total(const std::vector<std::int64_t>& lengths) {
  return std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
}
Tensor random(const Shape& shape, DType dtype, std::uint64_t seed) {
  return cast(table::to_tensor(table::random_array(shape, seed)), dtype);
}

/// Inputs of attention. Tables are empty, or have a row for each clipped distance.
struct Inputs6 {
  Tensor query, key, value, bias, keys, values;

  std::vector<Tensor> all() const {
    std::vector<Tensor> there;
    for (const Tensor& x : {query, key, value, bias, keys, values})
      if (x) there.push_back(x);
    return there;
  }
  void require_grad() const {
    for (const Tensor& x : all()) x.require_grad();
  }
};

struct Which {
  bool bias, keys, values;
};
const std::vector<Which> kinds{{true, false, false}, {false, true, false}, {false, false, true}, {true, true, true}};

Inputs6 inputs_of(const Case& c, const Which& which, DType dtype) {
  const std::int64_t rows = 2 * c.clipped_to + 1;
  Inputs6 x{random({total(c.queries), c.heads, c.key_width}, dtype, 1),
            random({total(c.keys), c.key_heads, c.key_width}, dtype, 2),
            random({total(c.keys), c.key_heads, c.value_width}, dtype, 3),
            {},
            {},
            {}};
  if (which.bias) x.bias = random({rows, c.heads}, dtype, 4);
  if (which.keys) x.keys = random({rows, c.relative_heads, c.key_width}, dtype, 5);
  if (which.values) x.values = random({rows, c.relative_heads, c.value_width}, dtype, 6);
  return x;
}

AttentionOptions options_of(const Case& c, const Inputs6& x) {
  AttentionOptions options = c.options;
  if (x.bias) options.bias = clipped_distances(x.bias);
  if (x.keys) options.relative_keys = clipped_distances(x.keys);
  if (x.values) options.relative_values = clipped_distances(x.values);
  return options;
}

Tensor attend(const Case& c, const Inputs6& x) {
  return attention(x.query, x.key, x.value, sequences_of(c.queries), sequences_of(c.keys), options_of(c, x));
}

double dropout_factor(const AttentionOptions& options, std::int64_t row, std::int64_t key) {
  if (options.dropout == 0) return 1;
  double factor = 1;
  kernels::get<kernels::DistributionKernels<double>>().dropout({ambient().seed, ambient().next_stream},
                                                               (row << 32) + key, static_cast<double>(options.dropout),
                                                               &factor, &factor, 1);
  return factor;
}

/// Reference: the formula in double.
table::Array reference(const Case& c, const Inputs6& inputs) {
  const auto array = [](const Tensor& x) { return x ? table::to_array(cast(x, float64)) : table::Array({0}); };
  const table::Array query = array(inputs.query), key = array(inputs.key), value = array(inputs.value),
                     bias = array(inputs.bias), keys = array(inputs.keys), values = array(inputs.values);
  const double scale = c.options.scale ? *c.options.scale : 1 / std::sqrt(static_cast<double>(c.key_width));
  table::Array y({total(c.queries), c.heads, c.value_width});
  std::int64_t first_query = 0, first_key = 0;
  for (std::size_t s = 0; s < c.queries.size(); first_query += c.queries[s], first_key += c.keys[s], ++s)
    for (std::int64_t i = 0; i < c.queries[s]; ++i)
      for (std::int64_t h = 0; h < c.heads; ++h) {
        const std::int64_t token = first_query + i, key_head = h / (c.heads / c.key_heads),
                           relative_head = h / (c.heads / c.relative_heads), place = i + c.keys[s] - c.queries[s];
        const auto row_of = [&](std::int64_t j) {
          return std::clamp(place - j, -c.clipped_to, c.clipped_to) + c.clipped_to;
        };
        std::vector<double> weights;
        for (std::int64_t j = 0; j < c.keys[s] && (!c.is_causal || j <= place); ++j) {
          double dot = 0;
          for (std::int64_t a = 0; a < c.key_width; ++a)
            dot += query.at({token, h, a}) *
                   (key.at({first_key + j, key_head, a}) + (inputs.keys ? keys.at({row_of(j), relative_head, a}) : 0));
          weights.push_back(std::exp(scale * dot + (inputs.bias ? bias.at({row_of(j), h}) : 0)));
        }
        const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
        for (std::size_t k = 0; k < weights.size(); ++k) {
          const auto j = static_cast<std::int64_t>(k);
          const double w = weights[k] / sum * dropout_factor(c.options, token * c.heads + h, j);
          for (std::int64_t a = 0; a < c.value_width; ++a)
            y.at({token, h, a}) += w * (value.at({first_key + j, key_head, a}) +
                                        (inputs.values ? values.at({row_of(j), relative_head, a}) : 0));
        }
      }
  return y;
}

/// Returns the largest difference, relative to the largest element, or to 1.
double difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  const auto x = cast(a, float64).to_vector<double>(), y = cast(b, float64).to_vector<double>();
  double most = 0, largest = 1;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!(std::abs(x[i] - y[i]) <= most)) most = std::abs(x[i] - y[i]);  // NaN counts
    largest = std::max(largest, std::abs(y[i]));
  }
  return most / largest;
}

const std::vector<std::int64_t> ragged{5, 0, 33, 130}, other{7, 3, 0, 300};

std::vector<Case> cases() {
  return {
      {.name = "an empty sequence", .queries = {0}, .keys = {0}},
      {.name = "one token", .queries = {1}, .keys = {1}},
      {.name = "ragged", .queries = ragged, .keys = ragged, .relative_heads = 2, .clipped_to = 500},
      {.name = "ragged, causal", .queries = ragged, .keys = ragged, .options = {.mask = causal()}, .is_causal = true},
      {.name = "cross", .queries = ragged, .keys = other},
      {.name = "cross, causal", .queries = ragged, .keys = other, .options = {.mask = causal()}, .is_causal = true},
      {.name = "newest token", .queries = {1, 1}, .keys = {9, 600}, .options = {.mask = causal()}, .is_causal = true},
      {.name = "more queries than keys", .queries = {70, 200}, .keys = {3, 65}, .relative_heads = 2},
      {.name = "grouped, with all options",
       .queries = ragged,
       .keys = other,
       .heads = 6,
       .key_heads = 2,
       .relative_heads = 3,
       .options = {.mask = causal(), .dropout = 0.4f, .scale = 0.7f},
       .is_causal = true},
      {.name = "several tiles",
       .queries = {150},
       .keys = {1100},
       .heads = 1,
       .key_heads = 1,
       .clipped_to = 1100,
       .options = {.mask = causal(), .dropout = 0.1f},
       .is_causal = true},
  };
}

}  // namespace

TEST_CASE("attention with relative biases, keys and values agrees with its formula", "[ops]") {
  for (const Case& c : cases())
    for (const Which& which : kinds) {
      INFO(c.name << ", bias " << which.bias << ", keys " << which.keys << ", values " << which.values);
      for (const DType dtype : {float32, float64}) {
        const Inputs6 x = inputs_of(c, which, dtype);
        seed(5);
        const table::Array expected = reference(c, x);
        table::require_near(attend(c, x), expected, dtype == float32 ? 5e-6 : 1e-13);
      }
    }
}

TEST_CASE("the gradient of attention with distances agrees with that of its composition", "[ops]") {
  for (const Case& c : cases())
    for (const Which& which : kinds) {
      INFO(c.name << ", bias " << which.bias << ", keys " << which.keys << ", values " << which.values);
      for (const DType dtype : {float32, float64}) {
        const Inputs6 x = inputs_of(c, which, dtype);
        x.require_grad();
        const Tensor y = attend(c, x);
        const Tensor dy = random(y.shape(), dtype, 7);
        const auto fused = grad(y, x.all(), {.output_gradients = {dy}, .retain_graph = true});
        const auto composed = grad(y, x.all(), {.output_gradients = {dy}, .create_graph = true});
        for (std::size_t i = 0; i < fused.size(); ++i) {
          INFO("input " << i);
          REQUIRE(fused[i]);
          CHECK(difference(fused[i], composed[i]) < (dtype == float32 ? 2e-5 : 1e-12));
        }
      }
    }
}

TEST_CASE("attention with distances passes gradcheck and gradgradcheck", "[ops]") {
  const std::vector<Case> small{{.name = "plain",
                                 .queries = {2, 0, 3},
                                 .keys = {3, 1, 2},
                                 .key_width = 2,
                                 .value_width = 3,
                                 .relative_heads = 2,
                                 .clipped_to = 1},
                                {.name = "grouped, causal, dropout",
                                 .queries = {3, 1},
                                 .keys = {2, 2},
                                 .heads = 4,
                                 .key_width = 2,
                                 .value_width = 1,
                                 .clipped_to = 2,
                                 .options = {.mask = causal(), .dropout = 0.4f, .scale = 0.8f},
                                 .is_causal = true}};
  for (const Case& c : small) {
    INFO(c.name);
    const Inputs6 x = inputs_of(c, {true, true, true}, float64);
    x.require_grad();
    const auto function = [&](const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& bias,
                              const Tensor& keys,
                              const Tensor& values) { return attend(c, {query, key, value, bias, keys, values}); };
    CHECK(gradcheck(function, x.all()));
    CHECK(gradgradcheck(function, x.all()));
  }
}

TEST_CASE("attention computes only those gradients of distances that are needed", "[ops]") {
  const Case c{.name = "", .queries = {3, 70}, .keys = {9, 4}, .heads = 4, .options = {.dropout = 0.2f}};
  const Inputs6 x = inputs_of(c, {true, true, true}, float64);
  x.require_grad();
  const std::vector<Tensor> all = x.all();
  seed(1);
  const auto together = grad(sum(attend(c, x)), all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) all[j].require_grad(i == j);
    seed(1);
    table::require_same_bits(grad(sum(attend(c, x)), all[i]), together[i]);
  }
}

TEST_CASE("attention with distances under masks with holes", "[ops]") {
  const Case c{.name = "", .queries = {150, 40}, .keys = {150, 40}};
  std::vector<std::int64_t> numbers;
  for (std::int64_t t = 0; t < 190; ++t) numbers.push_back(t % 3);  // unsorted: each tile keeps some
  const Mask mask = documents(tensor(std::span<const std::int64_t>(numbers), {190})) & causal();
  const Inputs6 x = inputs_of(c, {true, true, true}, float64);
  x.require_grad();
  AttentionOptions options = options_of(c, x);
  options.mask = mask;
  const auto attend_masked = [&](const Inputs6& of) {
    return attention(of.query, of.key, of.value, sequences_of(c.queries), sequences_of(c.keys), options);
  };
  const Tensor y = attend_masked(x), dy = random(y.shape(), float64, 7);
  const auto fused = grad(y, x.all(), {.output_gradients = {dy}, .retain_graph = true});
  const auto composed = grad(y, x.all(), {.output_gradients = {dy}, .create_graph = true});
  for (std::size_t i = 0; i < fused.size(); ++i) CHECK(difference(fused[i], composed[i]) < 1e-12);
  // Fully masked tokens are ignored.
  const Tensor hidden = slice(x.key, 0, 0, 1);
  CHECK(difference(slice(y, 0, 1, 2), slice(attend_masked({x.query, concat({hidden + 9, slice(x.key, 0, 1, 190)}),
                                                           x.value, x.bias, x.keys, x.values}),
                                            0, 1, 2)) == 0);
}

TEST_CASE("attention with distances has the same bits for any number of threads", "[ops]") {
  const int before = threads();
  const Case c{.name = "",
               .queries = {300, 5, 0, 128},
               .keys = {600, 5, 9, 64},
               .heads = 4,
               .key_width = 32,
               .value_width = 32,
               .options = {.mask = causal(), .dropout = 0.1f}};
  const Inputs6 x = inputs_of(c, {true, true, true}, float32);
  x.require_grad();
  std::vector<Tensor> first;
  for (const int n : {1, 2, 3, 8}) {
    set_threads(n);
    seed(1);
    const Tensor y = attend(c, x);
    std::vector<Tensor> results = grad(y, x.all(), {.output_gradients = {random(y.shape(), float32, 4)}});
    results.push_back(y.detach());
    if (first.empty()) first = results;
    for (std::size_t i = 0; i < results.size(); ++i) table::require_same_bits(results[i], first[i]);
  }
  set_threads(before);
}

TEST_CASE("attention with a relative bias stores no [queries, keys] matrix", "[ops]") {
  const std::int64_t length = 2048, heads = 2, width = 64;
  const Tensor x = random({length, heads, width}, float32, 1).require_grad(),
               slopes = alibi_slopes(heads).require_grad();
  const std::int64_t before = memory_report().in_use;
  reset_peak_memory();
  backward(sum(attention(x, x, x, Sequences{length}, {.mask = causal(), .bias = alibi(slopes)})));
  CHECK(slopes.grad());
  CHECK(memory_report().peak - before < 10 * length * heads * width * 4);  // a matrix of scores would be 32
}

TEST_CASE("cached_attention with distances", "[ops]") {
  for (const DType dtype : {float32, float64})
    for (const std::vector<std::int64_t>& queries :
         {std::vector<std::int64_t>{1, 3, 0, 140, 2}, std::vector<std::int64_t>{1, 1, 1, 1, 1}}) {
      const Case c{.name = "",
                   .queries = queries,
                   .keys = {9, 3, 5, 600, 0},
                   .heads = 6,
                   .relative_heads = 2,
                   .options = {.mask = causal()},
                   .is_causal = true};
      const Inputs6 x = inputs_of(c, {true, true, true}, dtype);
      std::vector<KeysAndValues> cached;
      const Sequences keys = sequences_of(c.keys);
      for (std::int64_t s = 0; s < keys.count(); ++s) {
        const auto own = [&](const Tensor& rows) {
          return contiguous(slice(rows, 0, keys.offset(s), keys.offset(s + 1)));
        };
        cached.push_back(keys.length(s) == 0 ? KeysAndValues{}
                                             : KeysAndValues{own(x.key), own(x.value), keys.length(s)});
      }
      const Tensor expected = attend(c, x);
      x.bias.require_grad();  // it is not recorded
      const Tensor y = cached_attention(x.query, cached, sequences_of(queries), options_of(c, x));
      CHECK(difference(y, expected) < (dtype == float32 ? 2e-6 : 1e-14));
      CHECK_THROWS_MATCHES(
          cached_attention(x.query, cached, sequences_of(queries), {.bias = alibi(alibi_slopes(2, dtype))}), Error,
          Message("cached_attention: the bias of 739 distances is [739, 2], but with 6 heads it must "
                  "be [739, 6]") ||
              Message("cached_attention: the bias of 600 distances is [600, 2], but with 6 heads it "
                      "must be [600, 6]"));
    }
}

TEST_CASE("alibi_slopes", "[ops]") {
  const auto check = [](std::int64_t heads, const std::vector<double>& exponents) {
    const auto slopes = alibi_slopes(heads, float64).to_vector<double>();
    REQUIRE(slopes.size() == exponents.size());
    for (std::size_t h = 0; h < slopes.size(); ++h) CHECK(slopes[h] == Approx(std::exp2(-exponents[h])).epsilon(1e-14));
  };
  check(8, {1, 2, 3, 4, 5, 6, 7, 8});
  check(1, {8});
  check(2, {4, 8});
  check(3, {4, 8, 2});
  check(12, {1, 2, 3, 4, 5, 6, 7, 8, 0.5, 1.5, 2.5, 3.5});
  CHECK(alibi_slopes(16).to_vector<float>()[0] == Approx(std::sqrt(0.5)));
  CHECK_THROWS_MATCHES(alibi_slopes(0), Error, Message("alibi_slopes: heads is 0, but it must be at least 1"));
}

TEST_CASE("functions of distances", "[ops]") {
  const Tensor distances = tensor<std::int64_t>({5, 2, 1, 0, -1, -2, -7});
  const Tensor slopes = tensor({0.5, 2.0}), rows = random({3, 2}, float64, 1), eight = random({8, 1, 4}, float64, 2);
  CHECK(alibi(slopes)(distances).to_vector<double>() ==
        std::vector<double>{-2.5, -10, -1, -4, -0.5, -2, 0, 0, -0.5, -2, -1, -4, -3.5, -14});
  CHECK(clipped_distances(rows)(distances).to_vector<double>() ==
        gather_rows(rows, tensor<std::int64_t>({2, 2, 2, 1, 0, 0, 0})).to_vector<double>());
  CHECK(bucketed_distances(eight, BucketSides::before, 9)(distances).to_vector<double>() ==
        gather_rows(eight, tensor<std::int64_t>({5, 2, 1, 0, 0, 0, 0})).to_vector<double>());
  for (const auto& function : {alibi(slopes), clipped_distances(rows), bucketed_distances(eight, BucketSides::both)})
    CHECK(function(zeros({0}, int64)).size(0) == 0);

  const auto says = [](const auto& call, const char* sentence) {
    CHECK_THROWS_MATCHES(call(), Error, Message(sentence));
  };
  says([] { alibi(ones({2, 2})); }, "alibi: slopes are [2, 2], but they must be [heads]");
  says([] { clipped_distances(ones({4, 2})); },
       "clipped_distances: the table is [4, 2], but it must have at least two axes, the first of an odd length");
  says([] { clipped_distances(ones({3})); },
       "clipped_distances: the table is [3], but it must have at least two axes, the first of an odd length");
  says([] { bucketed_distances(ones({8}), BucketSides::both); },
       "bucketed_distances: the table is [8], but it must have at least two axes");
  says([] { bucketed_distances(ones({7, 1}), BucketSides::both); },
       "bucketed_distances: there are 7 buckets, but there must be an even number of them, at least 4");
}

TEST_CASE("distance_buckets", "[ops]") {
  // T5's 32 buckets, up to 128. Of 16 buckets of a side, 8 are for one distance each.
  const Tensor distances = tensor<std::int64_t>({0, 1, 7, 8, 11, 12, 15, 16, 127, 128, 1000, -1, -8, -500});
  CHECK(distance_buckets(distances, 32, BucketSides::both).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{0, 1, 7, 8, 8, 9, 9, 10, 15, 15, 15, 17, 24, 31});
  CHECK(distance_buckets(distances, 32, BucketSides::before).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{0, 1, 7, 8, 11, 12, 15, 16, 31, 31, 31, 0, 0, 0});
  CHECK(distance_buckets(zeros({2, 0}, int64), 4, BucketSides::both).shape() == Shape{2, 0});
  const auto says = [](const auto& call, const char* sentence) {
    CHECK_THROWS_MATCHES(call(), Error, Message(sentence));
  };
  says([] { distance_buckets(arange(3), 2, BucketSides::both); },
       "distance_buckets: there are 2 buckets, but there must be an even number of them, at least 4");
  says([] { distance_buckets(arange(3), 1, BucketSides::before); },
       "distance_buckets: there are 1 buckets, but there must be at least 2");
  says([] { distance_buckets(arange(3), 32, BucketSides::both, 8); },
       "distance_buckets: max_distance is 8, but it must be more than 8, the number of buckets for single distances");
  says([] { distance_buckets(ones({3}), 32, BucketSides::both); },
       "distance_buckets: distances are float32, but they must be int64");
}

TEST_CASE("sequence_ids", "[ops]") {
  CHECK(sequence_ids(Sequences{2, 0, 3}).to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 0, 2, 2, 2});
  CHECK(sequence_ids(Sequences{0}).shape() == Shape{0});
}

TEST_CASE("document_positions", "[ops]") {
  const Tensor documents = tensor<std::int64_t>({4, 4, 0, 0, 0, 4, 4, 0, 4, 0});
  CHECK(document_positions(documents, Sequences{5, 0, 5}).to_vector<std::int64_t>() ==
        std::vector<std::int64_t>{0, 1, 0, 1, 2, 0, 1, 0, 2, 1});
  CHECK(document_positions(zeros({0}, int64), Sequences{}).shape() == Shape{0});
  CHECK_THROWS_MATCHES(document_positions(documents, Sequences{9}), Error,
                       Message("document_positions: documents are int64 [10], but with 9 tokens they must be int64 "
                               "[9]"));
  CHECK_THROWS_MATCHES(document_positions(ones({2}), Sequences{2}), Error,
                       Message("document_positions: documents are float32 [2], but with 2 tokens they must be int64 "
                               "[2]"));
}

TEST_CASE("error messages of attention with functions of distances", "[ops]") {
  const Tensor query = ones({3, 4, 2}), keys = ones({3, 2, 2}), values = ones({3, 2, 5});
  const auto says = [&](const AttentionOptions& options, const char* sentence) {
    CHECK_THROWS_MATCHES(attention(query, keys, values, Sequences{3}, options), Error, Message(sentence));
  };
  says({.bias = alibi(alibi_slopes(2))},
       "attention: the bias of 5 distances is [5, 2], but with 4 heads it must be [5, 4]");
  says({.bias = alibi(alibi_slopes(4, float64))},
       "attention: query is float32 and bias is float64, but both must have the same dtype; cast one of them");
  says({.relative_keys = clipped_distances(ones({3, 3, 2}))},
       "attention: relative_keys of 5 distances are [5, 3, 2], but with 4 heads they must be [5, heads or a divisor of "
       "it, 2]");
  says({.relative_keys = clipped_distances(ones({3, 2}))},
       "attention: relative_keys of 5 distances are [5, 2], but with 4 heads they must be [5, heads or a divisor of "
       "it, 2]");
  says({.relative_values = clipped_distances(ones({3, 1, 2}))},
       "attention: relative_values of 5 distances are [5, 1, 2], but with 4 heads they must be [5, heads or a divisor "
       "of it, 5]");
  says({.relative_values = [](const Tensor&) { return ones({4, 1, 5}); }},
       "attention: relative_values of 5 distances are [4, 1, 5], but with 4 heads they must be [5, heads or a divisor "
       "of it, 5]");
}
