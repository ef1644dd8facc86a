#include <algorithm>
#include <cmath>

#include "catch.h"
#include "ops/table.h"

using namespace heed;

namespace {

struct Inputs3 {
  Tensor query, key, value;
};

/// Cached attention on dense rows, from memory with spare capacity.
Tensor from_cache(const Inputs3& x, const Sequences& queries, const Sequences& keys, const AttentionOptions& options) {
  std::vector<KeysAndValues> cached;
  for (std::int64_t s = 0; s < keys.count(); ++s) {
    KeysAndValues row;
    row.length = keys.length(s);
    const auto with_room = [&](const Tensor& rows) {
      const Tensor own = slice(rows, 0, keys.offset(s), keys.offset(s + 1));
      return concat({own, full({3, rows.size(1), rows.size(2)}, std::nan(""), rows.dtype())});
    };
    if (row.length > 0) {
      row.key = with_room(x.key);
      row.value = with_room(x.value);
    }
    cached.push_back(row);
  }
  return cached_attention(x.query, cached, queries, options);
}

double difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  const auto x = cast(a, float64).to_vector<double>(), y = cast(b, float64).to_vector<double>();
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!(std::abs(x[i] - y[i]) <= worst)) worst = std::abs(x[i] - y[i]);  // NaN counts
  return worst;
}

}  // namespace

TEST_CASE("cached_attention agrees with attention", "[ops]") {
  seed(1);
  const Sequences queries{1, 3, 0, 140, 2}, keys{9, 3, 5, 600, 0}, one_each{1, 1, 1, 1, 1};
  for (const DType dtype : {float32, float64})
    for (const auto& [heads, key_heads] : {std::pair{2, 2}, {6, 2}, {3, 1}})
      for (const Sequences& of_queries : {queries, one_each})
        for (const AttentionOptions& options :
             {AttentionOptions{}, AttentionOptions{.mask = causal()}, AttentionOptions{.scale = 0.3f}}) {
          const Inputs3 x{normal({of_queries.tokens(), heads, 5}, 0, 1, dtype),
                          normal({617, key_heads, 5}, 0, 1, dtype), normal({617, key_heads, 7}, 0, 1, dtype)};
          const Tensor expected = attention(x.query, x.key, x.value, of_queries, keys, options);
          CHECK(difference(from_cache(x, of_queries, keys, options), expected) < (dtype == float32 ? 2e-6 : 1e-14));
        }
}

TEST_CASE("cached_attention has the same bits with any number of threads, on views too", "[ops]") {
  seed(2);
  const Sequences queries{1, 1, 200, 1}, keys{900, 3, 700, 64};
  const Tensor across = normal({203, 16, 8});
  const Inputs3 x{transpose(across), normal({1667, 4, 16}), normal({1667, 4, 16})};
  const int before = threads();
  set_threads(1);
  const Tensor first = from_cache(x, queries, keys, {.mask = causal()});
  table::require_same_bits(from_cache({contiguous(x.query), x.key, x.value}, queries, keys, {.mask = causal()}), first);
  for (const int n : {2, 3, 8}) {
    set_threads(n);
    table::require_same_bits(from_cache(x, queries, keys, {.mask = causal()}), first);
  }
  set_threads(before);
}

TEST_CASE("cached_attention without keys gives zeros of the values' width", "[ops]") {
  const auto attend = [](const std::vector<KeysAndValues>& cached, const Sequences& queries) {
    return cached_attention(ones({queries.tokens(), 4, 3}), cached, queries);
  };
  const KeysAndValues made{zeros({0, 2, 3}), zeros({0, 2, 5}), 0};
  CHECK(attend({{}, {}}, {1, 2}).to_vector<float>() == std::vector<float>(3 * 4 * 3, 0));
  CHECK(attend({{}, made}, {1, 2}).shape() == Shape{3, 4, 5});
  CHECK(sum(attend({{}, made}, {1, 2})).item() == 0);
  CHECK(attend({}, {}).shape() == Shape{0, 4, 3});
  CHECK(attend({made}, {0}).shape() == Shape{0, 4, 5});
}

TEST_CASE("error messages of cached_attention", "[ops]") {
  const Sequences two{1, 1};
  const auto attend = [&](const Shape& query, const std::vector<KeysAndValues>& cached,
                          const AttentionOptions& options = {}) {
    return cached_attention(zeros(query), cached, two, options);
  };
  const KeysAndValues row{zeros({4, 2, 3}), zeros({4, 2, 5}), 4};
  CHECK(attend({2, 4, 3}, {row, {}}).shape() == Shape{2, 4, 5});
  CHECK_THROWS_WITH(attend({2, 3}, {row, row}),
                    "cached_attention: query is [2, 3], but with 2 tokens it must be [2, heads, key_width]");
  CHECK_THROWS_WITH(
      attend({2, 4, 3}, {row}),
      "cached_attention: there are 2 sequences of queries and 1 of keys, but both must have the same number");
  CHECK_THROWS_WITH(attend({2, 4, 3}, {row, row}, {.dropout = 0.5f}),
                    "cached_attention: dropout is 0.5, but it must be 0");
  CHECK_THROWS_WITH(
      attend({2, 3, 3}, {row, row}),
      "cached_attention: query is [2, 3, 3], and of sequence 0 key is [4, 2, 3] and value [4, 2, 5] with 4 "
      "rows in use, but they must be contiguous and [rows, key_heads, width], where key_heads divides "
      "query's heads and key is as wide as query");
  CHECK_THROWS_WITH(attend({2, 4, 3}, {row, {zeros({4, 2, 3}), zeros({4, 2, 6}), 4}}),
                    "cached_attention: value is [4, 2, 6] of sequence 1 and [4, 2, 5] of an earlier one, but all must "
                    "have the same heads and width");
  CHECK_THROWS_WITH(
      attend({2, 4, 3}, {row, {zeros({4, 2, 3}, float64), zeros({4, 2, 5}), 4}}),
      "cached_attention: query is float32 and key is float64, but both must have the same dtype; cast one of "
      "them");
  CHECK_THROWS_WITH(cached_attention(zeros({2, 4, 3}).require_grad(), std::vector{row, row}, two),
                    "cached_attention: the op has no gradient, so call it inside no_grad");
}
