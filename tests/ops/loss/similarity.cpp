#include <cmath>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

double cosine(const double* a, const double* b, std::int64_t n) {
  double ab = 0, aa = 0, bb = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / std::max(std::sqrt(aa), 1e-8) / std::max(std::sqrt(bb), 1e-8);
}

double product(const double* a, const double* b, std::int64_t n) {
  double ab = 0;
  for (std::int64_t i = 0; i < n; ++i) ab += a[i] * b[i];
  return ab;
}

}  // namespace

TEST_CASE("cosine_similarity", "[ops]") {
  check_op({.op = [](auto& x) { return cosine_similarity(x[0], x[1]); },
            .reference =
                [](auto& x) {
                  const std::int64_t width = x[0].shape[-1], rows = x[0].shape[0];
                  Array y(Shape{rows});
                  for (std::int64_t r = 0; r < rows; ++r)
                    y[r] = cosine(&x[0].values[static_cast<std::size_t>(r * width)],
                                  &x[1].values[x[1].size() > width ? static_cast<std::size_t>(r * width) : 0], width);
                  return y;
                },
            .shapes = {{{3, 4}, {3, 4}}, {{2, 33}, {2, 33}}, {{3, 4}, {4}}, {{0, 4}, {0, 4}}},
            .errors = {{[] { cosine_similarity(zeros({2, 3}), zeros({2, 4})); },
                        "cosine_similarity: a is [2, 3] and b is [2, 4], but each axis, from the last, must have the "
                        "same length or length 1"},
                       {[] { cosine_similarity(zeros({2, 3}), zeros({2, 3}), 2); },
                        "cosine_similarity: axis 2 was given, but x is [2, 3]"},
                       {[] { cosine_similarity(zeros({2}, int64), zeros({2}, int64)); },
                        "cosine_similarity: the tensor is int64, but it must be float32 or float64"}}});
  const Tensor a = to_tensor(random_array({3, 4}, 1)), b = to_tensor(random_array({3, 4}, 2));
  require_near(cosine_similarity(a, b, 0), to_array(cosine_similarity(transpose(a), transpose(b))), 1e-14);
  const Tensor null = zeros({3}, float64).require_grad();
  const Tensor y = cosine_similarity(null, ones({3}, float64));
  REQUIRE(y.item() == 0);
  for (const double value : grad(y, null).to_vector<double>()) REQUIRE(std::isfinite(value));
}

TEST_CASE("cosine_embedding_loss", "[ops]") {
  const std::vector<double> targets = {1, -1, -1, 1};
  check_op({.op =
                [&](auto& x) {
                  return cosine_embedding_loss(x[0], x[1], cast(tensor(targets), x[0].dtype()), 0.1, Reduction::none);
                },
            .reference =
                [&](auto& x) {
                  Array y(Shape{4});
                  for (std::int64_t r = 0; r < 4; ++r) {
                    const auto at = static_cast<std::size_t>(3 * r);
                    const double c = cosine(&x[0].values[at], &x[1].values[at], 3);
                    y[r] = targets[static_cast<std::size_t>(r)] > 0 ? 1 - c : std::max(0.0, c - 0.1);
                  }
                  return y;
                },
            .shapes = {{{4, 3}, {4, 3}}},
            .errors = {{[] { cosine_embedding_loss(zeros({2, 3}), zeros({2, 3}), zeros({3})); },
                        "cosine_embedding_loss: a is [2, 3], b [2, 3] and target [3], but they must be [..., width], "
                        "the same, and [...]"}}});
}

TEST_CASE("info_nce", "[ops]") {
  for (const bool normalized : {true, false})
    for (const bool symmetric : {true, false}) {
      INFO("normalized " << normalized << ", both ways " << symmetric);
      const std::int64_t n = 3, m = symmetric ? 3 : 5, width = 4;
      check_op({.op =
                    [&](auto& x) {
                      return info_nce(x[0], x[1],
                                      {.temperature = 0.7, .normalized = normalized, .symmetric = symmetric});
                    },
                .reference =
                    [&](auto& x) {
                      const auto score = [&](std::int64_t i, std::int64_t j) {
                        const double *q = &x[0].values[static_cast<std::size_t>(i * width)],
                                     *k = &x[1].values[static_cast<std::size_t>(j * width)];
                        return (normalized ? cosine(q, k, width) : product(q, k, width)) / 0.7;
                      };
                      double total = 0;
                      for (std::int64_t i = 0; i < n; ++i) {
                        double keys = 0, queries = 0;
                        for (std::int64_t j = 0; j < m; ++j) keys += std::exp(score(i, j));
                        for (std::int64_t j = 0; j < n; ++j) queries += std::exp(score(j, i));
                        const double there = std::log(keys) - score(i, i), back = std::log(queries) - score(i, i);
                        total += (symmetric ? (there + back) / 2 : there) / static_cast<double>(n);
                      }
                      return Array(Shape{}, total);
                    },
                .shapes = {{{n, width}, {m, width}}},
                .float32_tolerance = 5e-6});
    }
  const Tensor five = zeros({5, 2}), three = zeros({3, 2});
  REQUIRE(info_nce(three, five, {.reduction = Reduction::none}).shape() == Shape{3});
  REQUIRE_THROWS_WITH(info_nce(five, three),
                      "info_nce: queries are [5, 2] and keys [3, 2], but they must be [n, width] and [m, width] with m "
                      ">= n");
  REQUIRE_THROWS_WITH(info_nce(three, five, {.symmetric = true}),
                      "info_nce: queries are [3, 2] and keys [5, 2], but with symmetric there must be the same number");
  REQUIRE_THROWS_WITH(info_nce(three, five, {.temperature = 0}),
                      "info_nce: the temperature is 0, but it must be positive and finite");
}
