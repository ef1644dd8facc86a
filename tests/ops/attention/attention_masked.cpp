// Masked elements contribute nothing, even if they are NaN or infinite; and scores of large magnitude.
#include <heed/autodiff/backward.h>
#include <heed/autodiff/gradcheck.h>
#include <heed/graph/create.h>
#include <heed/ops/attention/attention.h>
#include <heed/ops/attention/cached_attention.h>
#include <heed/ops/index/where.h>
#include <heed/ops/linalg/matmul.h>
#include <heed/ops/math/arithmetic.h>
#include <heed/ops/math/compare.h>
#include <heed/ops/reduce/extremes.h>
#include <heed/ops/reduce/reduce.h>
#include <heed/ops/shape/view.h>
#include <heed/ops/support/elementwise.h>
#include <heed/ops/support/seen_products.h>

#include <cmath>
#include <limits>
#include <random>

#include "catch.h"

using namespace heed;
using namespace heed::detail;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN(),
                 infinity = std::numeric_limits<double>::infinity();

Tensor random(const Shape& shape, DType dtype, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(static_cast<std::size_t>(shape.elements()));
  for (double& value : values) value = normal(generator);
  return cast(tensor(values, shape), dtype);
}

struct Masking {
  std::string name;
  Mask mask;
  std::function<bool(std::int64_t i, std::int64_t j)> keeps;  // of the first sequence
};

constexpr std::int64_t tokens = 150, other = 40;  // of the first sequence and the second

Tensor numbers(const std::function<std::int64_t(std::int64_t)>& f) {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < tokens + other; ++i) values.push_back(f(i));
  return tensor(values);
}
Tensor truths(const Shape& shape, const std::function<bool(std::int64_t)>& f) {
  Tensor y = empty(shape, boolean);
  for (std::int64_t i = 0; i < shape.elements(); ++i) fill<bool>(y)[i] = f(i);
  return y;
}

std::vector<Masking> maskings() {
  const Tensor counts = tensor(std::vector<std::int64_t>{90, 30});
  const auto document = [](std::int64_t i) { return i / 37; };
  const auto shuffled = [](std::int64_t i) { return i % 3; };
  const auto kept = [](std::int64_t j) { return j % 5 != 2; };
  return {
      {"causal", causal(), [](auto i, auto j) { return j <= i; }},
      {"causal from the start", causal(Alignment::start), [](auto i, auto j) { return j <= i; }},
      {"window", window(20), [](auto i, auto j) { return std::abs(i - j) < 20; }},
      {"prefix", prefix(25), [](auto, auto j) { return j < 25; }},
      {"lengths", lengths(counts), [](auto, auto j) { return j < 90; }},
      {"documents in order", documents(numbers(document)), [=](auto i, auto j) { return document(i) == document(j); }},
      {"documents in no order", documents(numbers(shuffled)),
       [=](auto i, auto j) { return shuffled(i) == shuffled(j); }},
      {"keep of keys", keep(truths({tokens + other}, kept)), [=](auto, auto j) { return kept(j); }},
      {"keep of pairs", keep(truths({tokens, tokens}, [](auto n) { return n % 7 > 2; })),
       [](auto i, auto j) { return (i * tokens + j) % 7 > 2; }},
      {"and", causal() & window(10), [](auto i, auto j) { return j <= i && i - j < 10; }},
      {"or", causal() | prefix(30), [](auto i, auto j) { return j <= i || j < 30; }},
      {"not", !window(140), [](auto i, auto j) { return std::abs(i - j) >= 140; }},
      {"none", !window(1000), [](auto, auto) { return false; }},
  };
}

struct Everything {
  Tensor query, key, value, bias, relative_keys, relative_values, dy;

  std::vector<Tensor> inputs() const { return {query, key, value, bias, relative_keys, relative_values}; }
};

Everything everything(DType dtype, bool grouped) {
  const std::int64_t all = tokens + other, heads = 2, key_heads = grouped ? 1 : 2, distances = 2 * tokens - 1;
  return {random({all, heads, 6}, dtype, 1),     random({all, key_heads, 6}, dtype, 2),
          random({all, key_heads, 4}, dtype, 3), random({distances, heads}, dtype, 4),
          random({distances, 1, 6}, dtype, 5),   random({distances, 2, 4}, dtype, 6),
          random({all, heads, 4}, dtype, 7)};
}

std::vector<Tensor> results(const Everything& given, const Mask& mask, bool by_distance, float dropout,
                            bool through_ops) {
  Everything x = given;
  for (Tensor* each : {&x.query, &x.key, &x.value, &x.bias, &x.relative_keys, &x.relative_values})
    *each = each->detach().require_grad();
  AttentionOptions options{.mask = mask, .dropout = dropout};
  std::vector<Tensor> wanted{x.query, x.key, x.value};
  if (by_distance) {
    options.bias = [&](const Tensor&) { return x.bias; };
    options.relative_keys = [&](const Tensor&) { return x.relative_keys; };
    options.relative_values = [&](const Tensor&) { return x.relative_values; };
    wanted = x.inputs();
  }
  seed(3);
  const Tensor y = attention(x.query, x.key, x.value, Sequences{tokens, other}, options);
  std::vector<Tensor> all{y.detach()};
  const auto gradients = grad(y, wanted, {.output_gradients = {x.dy}, .create_graph = through_ops});
  for (const Tensor& gradient : gradients) all.push_back(gradient.detach());
  return all;
}

void poison(const Tensor& x, std::int64_t row, double value) {
  const std::int64_t width = x.elements() / x.size(0);
  with_floating("poison", x.dtype(),
                [&]<class T>() { std::fill_n(fill<T>(x) + row * width, width, static_cast<T>(value)); });
}

std::vector<double> values_of(const Tensor& x) { return cast(x, float64).to_vector<double>(); }

/// Checks that rows that are not poisoned are unchanged, and that poisoned keys get no gradient.
void require_same(const std::vector<Tensor>& found, const std::vector<Tensor>& expected,
                  const std::vector<std::vector<bool>>& skipped, double tolerance) {
  for (std::size_t t = 0; t < expected.size(); ++t) {
    INFO("result " << t);
    const auto a = values_of(found[t]), b = values_of(expected[t]);
    const std::size_t rows = static_cast<std::size_t>(expected[t].size(0)), width = a.size() / rows;
    std::size_t differing = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!skipped[t][i / width] && !(std::abs(a[i] - b[i]) <= tolerance)) ++differing;
    CHECK(differing == 0);
  }
}

}  // namespace

TEST_CASE("masked elements contribute nothing, even if NaN or infinite", "[ops]") {
  const std::size_t all = tokens + other, distances = 2 * tokens - 1;
  for (const Masking& masking : maskings())
    for (const DType dtype : {float32, float64})
      for (const bool by_distance : {false, true})
        for (const float dropout : {0.0f, 0.3f})
          for (const bool through_ops : {false, true}) {
            if (dtype == float64 && (dropout > 0 || through_ops)) continue;
            INFO(masking.name << ", " << name(dtype) << ", by distance " << by_distance << ", dropout " << dropout
                              << ", through ops " << through_ops);
            const bool grouped = masking.name.size() % 2 == 0;
            const auto expected = results(everything(dtype, grouped), masking.mask, by_distance, dropout, through_ops);
            const double tolerance = 0;
            // Keys, values and distances that are masked for query 70 are poisoned; other queries that attend to them
            // are skipped.
            const std::int64_t own = 70;
            for (const double value : {not_a_number, infinity, -infinity}) {
              INFO("poison " << value);
              Everything x = everything(dtype, grouped);
              std::vector<bool> poisoned_key(all), query_sees(all), none(all), by_distances(distances, true);
              for (std::int64_t j = 0; j < tokens; ++j)
                if (!masking.keeps(own, j)) {
                  poison(x.key, j, value);
                  poison(x.value, j, j % 2 ? value : not_a_number);
                  poisoned_key[static_cast<std::size_t>(j)] = true;
                }
              for (std::int64_t i = 0; i < tokens; ++i)
                for (std::int64_t j = 0; j < tokens; ++j)
                  if (masking.keeps(i, j) && !masking.keeps(own, j)) query_sees[static_cast<std::size_t>(i)] = true;
              std::vector<bool> reached(all);  // keys that a query with a poisoned result attends to
              for (std::int64_t i = 0; i < tokens; ++i)
                for (std::int64_t j = 0; j < tokens; ++j)
                  if (masking.keeps(i, j) && query_sees[static_cast<std::size_t>(i)])
                    reached[static_cast<std::size_t>(j)] = true;
              // The queries that attend to poisoned keys have gradient 0, so they contribute nothing to a key's
              // gradient.
              require_same(results(x, masking.mask, by_distance, dropout, through_ops), expected,
                           {query_sees, query_sees, reached, reached, by_distances, by_distances, by_distances},
                           tolerance);
            }
            // Only query 70 has a NaN gradient: only the keys that it attends to get NaN.
            Everything x = everything(dtype, grouped);
            poison(x.dy, own, not_a_number);
            std::vector<bool> only_own(all), none(all), seen(all), seen_distances(distances);
            only_own[static_cast<std::size_t>(own)] = true;
            for (std::int64_t j = 0; j < tokens; ++j)
              if (masking.keeps(own, j)) {
                seen[static_cast<std::size_t>(j)] = true;
                seen_distances[static_cast<std::size_t>(tokens - 1 + j - own)] = true;
              }
            require_same(results(x, masking.mask, by_distance, dropout, through_ops), expected,
                         {none, only_own, seen, seen, seen_distances, seen_distances, seen_distances}, tolerance);
            poison(x.query, own, infinity);
            require_same(results(x, masking.mask, by_distance, dropout, through_ops), expected,
                         {only_own, only_own, seen, seen, seen_distances, seen_distances, seen_distances}, tolerance);
          }
}

TEST_CASE("distances that are masked for all queries may be NaN", "[ops]") {
  const std::size_t all = tokens + other, distances = 2 * tokens - 1;
  for (const bool through_ops : {false, true}) {
    const auto expected = results(everything(float32, false), causal(), true, 0, through_ops);
    Everything x = everything(float32, false);
    std::vector<bool> later(distances);
    for (std::int64_t d = tokens; d < 2 * tokens - 1; ++d) {  // for keys after their query
      for (const Tensor& of : {x.bias, x.relative_keys, x.relative_values}) poison(of, d, not_a_number);
      later[static_cast<std::size_t>(d)] = true;
    }
    const std::vector<bool> none(std::max(all, distances));
    const auto found = results(x, causal(), true, 0, through_ops);
    require_same(found, expected, std::vector(7, none), 0);
  }
}

TEST_CASE("a NaN in the last value reaches only the last query", "[ops]") {
  for (const std::int64_t n : {1, 2, 3, 7, 16, 17, 64, 129, 300, 700}) {
    const Tensor q = random({n, 1, 8}, float32, 1), k = random({n, 1, 8}, float32, 2),
                 v = random({n, 1, 8}, float32, 3);
    const auto expected = attention(q, k, v, Sequences{n}, {.mask = causal()}).to_vector<float>();
    poison(v, n - 1, not_a_number);
    const auto found = attention(q, k, v, Sequences{n}, {.mask = causal()}).to_vector<float>();
    const auto last = static_cast<std::ptrdiff_t>((n - 1) * 8);
    CHECK(std::equal(found.begin(), found.begin() + last, expected.begin()));
    CHECK(std::all_of(found.begin() + last, found.end(), [](float x) { return std::isnan(x); }));
  }
}

TEST_CASE("cached attention ignores masked elements too", "[ops]") {
  const NoGrad scope;
  for (const std::int64_t queries : {1, 3}) {
    const Tensor q = random({queries, 2, 8}, float32, 1);
    const Tensor k = random({300, 2, 8}, float32, 2), v = random({300, 2, 8}, float32, 3);
    const auto run = [&] {
      const KeysAndValues rows{k, v, 290};
      return cached_attention(q, std::span(&rows, 1), Sequences{queries}, {.mask = causal() & window(50)})
          .to_vector<float>();
    };
    const auto expected = run();
    for (std::int64_t j = 0; j < 300; ++j)
      if (j < 230 || j >= 290)
        for (const Tensor& of : {k, v}) poison(of, j, j % 2 ? not_a_number : infinity);
    CHECK(run() == expected);
  }
}

TEST_CASE("scores of any scale", "[ops]") {
  for (const std::int64_t n : {1, 2, 3, 4, 5, 7, 16, 33, 70, 300})
    for (const std::int64_t width : {1, 2, 3, 8, 32, 64, 80, 128, 130})
      for (const float scale : {0.0f, -1.0f, -0.1f, 1e-30f, 0.3f, 7.0f}) {
        INFO(n << " tokens, width " << width << ", scale " << scale);
        const Tensor q = random({n, 1, width}, float32, 1).require_grad(),
                     k = random({n, 1, width}, float32, 2).require_grad(),
                     v = random({n, 1, 5}, float32, 3).require_grad(), dy = random({n, 1, 5}, float32, 4);
        const std::vector<Tensor> x{q, k, v};
        std::vector<Tensor> wide;
        for (const Tensor& of : x) wide.push_back(cast(of.detach(), float64).require_grad());
        const AttentionOptions options{.mask = causal(), .scale = scale};
        const Tensor y = attention(q, k, v, Sequences{n}, options);
        const Tensor expected = attention(wide[0], wide[1], wide[2], Sequences{n}, options);
        const auto close = [&](const Tensor& a, const Tensor& b) {
          const double most = max(abs(b.detach())).item<double>();
          const double off = max(abs(cast(a.detach(), float64) - b.detach())).item<double>();
          return off <= 2e-4 * std::max(most, 1.0);
        };
        CHECK(close(y, expected));
        const auto found = grad(y, x, {.output_gradients = {dy}});
        const auto right = grad(expected, wide, {.output_gradients = {cast(dy, float64)}, .create_graph = true});
        for (std::size_t i = 0; i < 3; ++i) CHECK(close(found[i], right[i]));
      }
}

TEST_CASE("attention of huge scores", "[ops]") {
  for (const std::int64_t n : {1, 3, 70, 300})
    for (const std::int64_t width : {1, 3, 32, 64, 80, 128}) {
      INFO(n << " tokens, width " << width);
      const Tensor q = (random({n, 1, width}, float32, 1) * 1e5).require_grad(),
                   k = (random({n, 1, width}, float32, 2) * 1e5).require_grad(),
                   v = random({n, 1, 5}, float32, 3).require_grad();
      for (const Mask& mask : {Mask{}, causal()}) {
        const Tensor y = attention(q, k, v, Sequences{n}, {.mask = mask});
        const auto gradients = grad(y, {q, k, v}, {.output_gradients = {ones(y.shape())}});
        CHECK(std::isfinite(sum(y.detach()).item()));
        for (const Tensor& gradient : gradients) CHECK(std::isfinite(sum(gradient).item()));
        // The weights of a query sum to 1, so the gradients of the values sum to the number of queries.
        CHECK(sum(gradients[2]).item() == Approx(static_cast<double>(5 * n)));
      }
      // All scores are equal, and exact.
      const Tensor same = (ones({n, 1, width}) * 65'536.0).require_grad();
      const Tensor y = attention(same, same.detach(), v, Sequences{n});
      const auto dv = grad(y, v, {.output_gradients = {ones(y.shape())}}).to_vector<float>();
      for (const float each : dv) CHECK(each == Approx(1));
    }
}

TEST_CASE("masked_dot ignores masked pairs", "[ops]") {
  const Tensor seen = tensor(std::vector<std::int64_t>{1, 0, 1, 0, 1, 1}, {2, 3});
  const Tensor kept = cast(seen, boolean), factors = cast(seen, float64);
  const Tensor a = random({2, 2, 4}, float64, 1).require_grad(), b = random({2, 3, 4}, float64, 2).require_grad();
  CHECK(max(abs(masked_dot(kept, a, b) - factors * matmul(a, transpose(b))).detach()).item<double>() < 1e-14);
  CHECK(gradcheck([&](const Tensor& p, const Tensor& q) { return masked_dot(kept, p, q); }, {a, b}));
  CHECK(gradgradcheck([&](const Tensor& p, const Tensor& q) { return masked_dot(kept, p, q); }, {a, b}));
}

TEST_CASE("masked_weighted_sum ignores masked pairs", "[ops]") {
  const Tensor seen = tensor(std::vector<std::int64_t>{1, 0, 1, 0, 1, 1}, {2, 3});
  const Tensor kept = cast(seen, boolean), factors = cast(seen, float64);
  const Tensor x = random({2, 2, 3}, float64, 3).require_grad(), b = random({2, 3, 4}, float64, 2).require_grad();
  CHECK(max(abs(masked_weighted_sum(kept, x, b) - matmul(factors * x, b)).detach()).item<double>() < 1e-14);
  CHECK(gradcheck([&](const Tensor& p, const Tensor& q) { return masked_weighted_sum(kept, p, q); }, {x, b}));
  CHECK(gradgradcheck([&](const Tensor& p, const Tensor& q) { return masked_weighted_sum(kept, p, q); }, {x, b}));
  const Tensor rows = tensor(std::vector<double>{1, not_a_number, infinity, 2, 3, 4}, {3, 2});
  const auto y = masked_weighted_sum(kept, ones({2, 3}, float64), rows).to_vector<double>();
  CHECK(y[0] == 4);
  CHECK(std::isnan(y[1]));
  CHECK(y[2] == infinity);
  CHECK(y[3] == 6);
}

TEST_CASE("a scale that is not finite is an error", "[ops]") {
  const Tensor x = ones({2, 1, 2});
  for (const double scale : {not_a_number, infinity, -infinity}) {
    const AttentionOptions options{.scale = static_cast<float>(scale)};
    CHECK_THROWS_WITH(attention(x, x, x, Sequences{2}, options),
                      Catch::Matchers::Contains("attention: scale is") && Catch::Matchers::Contains("must be finite"));
    const NoGrad scope;
    const KeysAndValues rows{x, x, 2};
    CHECK_THROWS_WITH(cached_attention(x, std::span(&rows, 1), Sequences{2}, options),
                      Catch::Matchers::Contains("cached_attention: scale is"));
  }
}

TEST_CASE("a bias of -infinity masks a pair, and whole rows of it give 0", "[ops]") {
  const Tensor q = random({6, 1, 4}, float32, 1).require_grad(), v = random({6, 1, 4}, float32, 2).require_grad();
  const auto run = [&](const AttentionOptions& options, bool through_ops) {
    const Tensor y = attention(q, q, v, Sequences{6}, options);
    const auto gradients = grad(y, {q, v}, {.output_gradients = {ones(y.shape())}, .create_graph = through_ops});
    return std::vector<Tensor>{y.detach(), gradients[0].detach(), gradients[1].detach()};
  };
  for (const bool through_ops : {false, true}) {
    const auto nothing = run({.bias = [](const Tensor& d) { return full({d.size(0), 1}, -infinity); }}, through_ops);
    for (const Tensor& x : nothing) CHECK(max(abs(x)).item() == 0);
    const auto hidden = run({.bias =
                                 [](const Tensor& d) {
                                   return reshape(where(less(d, 0), full({}, -infinity), zeros({})), {d.size(0), 1});
                                 }},
                            through_ops);
    const auto masked = run({.mask = causal()}, through_ops);
    for (std::size_t i = 0; i < 3; ++i) CHECK(max(abs(hidden[i] - masked[i])).item() < 1e-5);
  }
}
