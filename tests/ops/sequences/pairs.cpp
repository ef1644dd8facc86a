// Also tests ops/sequences/sequences.h.
#include <cmath>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

const Sequences queries{2, 0, 3, 1, 2}, keys{3, 2, 1, 0, 4};  // 17 pairs, 8 queries, 10 keys
const Sequences many_queries = Sequences::equal(40, 9), many_keys = Sequences::equal(40, 11);

/// Calls body(query, key, pair) for all pairs.
void each_pair(const Sequences& q, const Sequences& k,
               const std::function<void(std::int64_t, std::int64_t, std::int64_t)>& body) {
  for (std::int64_t s = 0, at = 0; s < q.count(); ++s)
    for (std::int64_t i = q.offset(s); i < q.offset(s + 1); ++i)
      for (std::int64_t j = k.offset(s); j < k.offset(s + 1); ++j) body(i, j, at++);
}

bool is_many(std::int64_t query_tokens) { return query_tokens == many_queries.tokens(); }

/// Scores from f(query, key, weight), summed over the columns.
Reference scores(const std::function<double(double, double, double)>& f) {
  return [f](const std::vector<Array>& x) {
    const bool many = is_many(x[0].shape[0]);
    const Sequences &q = many ? many_queries : queries, &k = many ? many_keys : keys;
    Array y({count_pairs(q, k)});
    each_pair(q, k, [&](auto i, auto j, auto at) {
      for (std::int64_t c = 0; c < x[0].shape[1]; ++c)
        y[at] += f(x[0].at({i, c}), x[1].at({j, c}), x.size() > 2 ? x[2][c] : 0);
    });
    return y;
  };
}

Reference mix(bool back) {
  return [back](const std::vector<Array>& x) {
    const std::int64_t width = x[1].shape[1];
    Array y({back ? keys.tokens() : queries.tokens(), width});
    each_pair(queries, keys, [&](auto i, auto j, auto at) {
      for (std::int64_t c = 0; c < width; ++c) y.at({back ? j : i, c}) += x[0][at] * x[1].at({back ? i : j, c});
    });
    return y;
  };
}

Array softmax_reference(const std::vector<Array>& x) {
  Array y = x[0];
  std::vector<double> sums(static_cast<std::size_t>(queries.tokens()));
  each_pair(queries, keys, [&](auto i, auto, auto at) { sums[static_cast<std::size_t>(i)] += std::exp(x[0][at]); });
  each_pair(queries, keys,
            [&](auto i, auto, auto at) { y[at] = std::exp(x[0][at]) / sums[static_cast<std::size_t>(i)]; });
  return y;
}

}  // namespace

TEST_CASE("pair_dot", "[ops]") {
  check_op({.op =
                [](auto& x) {
                  const bool many = is_many(x[0].size(0));
                  return pair_dot(x[0], x[1], many ? many_queries : queries, many ? many_keys : keys);
                },
            .reference = scores([](double q, double k, double) { return q * k; }),
            .multilinear = true,
            .shapes = {{{8, 3}, {10, 3}}, {{8, 1}, {10, 1}}, {{8, 0}, {10, 0}}},
            .errors = {{[] { pair_dot(zeros({8, 3}), zeros({10, 3}), queries, Sequences{10}); },
                        "pair_dot: there are 5 sequences of queries and 1 of keys, but both must have the "
                        "same number"},
                       {[] { pair_dot(zeros({7, 3}), zeros({10, 3}), queries, keys); },
                        "pair_dot: query is [7, 3], but it must be [8, width], with a row for each token"},
                       {[] { pair_dot(zeros({8, 3}), zeros({10, 2}), queries, keys); },
                        "pair_dot: query is [8, 3] and key is [10, 2], but both must have the same width"},
                       {[] { pair_dot(zeros({8, 3}), zeros({10, 3}, float64), queries, keys); },
                        "pair_dot: query is float32 and key is float64, but both must have the same dtype; cast one of "
                        "them"},
                       {[] { pair_dot(zeros({8, 3}, int64), zeros({10, 3}, int64), queries, keys); },
                        "pair_dot: the tensor is int64, but it must be float32 or float64"}},
            .float32_tolerance = 1e-5,
            .large = {{360, 33}, {440, 33}}});
}

TEST_CASE("pair_weighted_sum", "[ops]") {
  check_op({.op = [](auto& x) { return pair_weighted_sum(x[0], x[1], queries, keys); },
            .reference = mix(false),
            .multilinear = true,
            .shapes = {{{17}, {10, 3}}, {{17}, {10, 1}}},
            .errors = {{[] { pair_weighted_sum(zeros({16}), zeros({10, 3}), queries, keys); },
                        "pair_weighted_sum: p is [16], but the sequences have 17 pairs"}}});
}

TEST_CASE("pair_weighted_sum_transposed", "[ops]") {
  check_op(
      {.op = [](auto& x) { return pair_weighted_sum_transposed(x[0], x[1], queries, keys); },
       .reference = mix(true),
       .multilinear = true,
       .shapes = {{{17}, {8, 3}}, {{17}, {8, 1}}},
       .errors = {
           {[] { pair_weighted_sum_transposed(zeros({17}), zeros({10, 3}), queries, keys); },
            "pair_weighted_sum_transposed: query is [10, 3], but it must be [8, width], with a row for each token"}}});
}

TEST_CASE("pair_softmax", "[ops]") {
  check_op({.op = [](auto& x) { return pair_softmax(x[0], queries, keys); },
            .reference = softmax_reference,
            .shapes = {{{17}}},
            .errors = {{[] { pair_softmax(zeros({17, 1}), queries, keys); },
                        "pair_softmax: scores is [17, 1], but the sequences have 17 pairs"}}});
}

TEST_CASE("pair_additive", "[ops]") {
  check_op({.op =
                [](auto& x) {
                  const bool many = is_many(x[0].size(0));
                  return pair_additive(x[0], x[1], x[2], many ? many_queries : queries, many ? many_keys : keys);
                },
            .reference = scores([](double q, double k, double w) { return w * std::tanh(q + k); }),
            .shapes = {{{8, 3}, {10, 3}, {3}}, {{8, 1}, {10, 1}, {1}}},
            .errors = {{[] { pair_additive(zeros({8, 3}), zeros({10, 3}), zeros({2}), queries, keys); },
                        "pair_additive: weight is float32 [2], but with query [8, 3] it must be float32 [3]"}},
            .float32_tolerance = 1e-5,
            .large = {{360, 33}, {440, 33}, {33}}});
}
