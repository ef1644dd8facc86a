#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

using Numbers = std::vector<std::int64_t>;

/// Reference: the elements of each row with ranks [first, first + count).
Reference ordered(std::int64_t first, std::int64_t count, bool descending = false) {
  return [=](const std::vector<Array>& x) {
    const std::int64_t width = x[0].shape[-1], taken = count < 0 ? width : count;
    Shape shape = x[0].shape;
    shape[-1] = taken;
    Array y(shape);
    for (std::int64_t r = 0; width > 0 && r < x[0].size() / width; ++r) {
      std::vector<double> row(x[0].values.begin() + r * width, x[0].values.begin() + (r + 1) * width);
      std::sort(row.begin(), row.end());
      if (descending) std::reverse(row.begin(), row.end());
      for (std::int64_t i = 0; i < taken; ++i) y[r * taken + i] = row[static_cast<std::size_t>(first + i)];
    }
    return y;
  };
}

Reference without_last_axis(const Reference& reference) {
  return [=](const std::vector<Array>& x) {
    Array y = reference(x);
    y.shape.erase(y.shape.rank() - 1);
    return y;
  };
}

const Tensor x23 = zeros({2, 3});

}  // namespace

TEST_CASE("sort", "[ops]") {
  check_op({.op = [](auto& x) { return sort(x[0]).values; },
            .reference = ordered(0, -1),
            .shapes = {{{3, 7}}, {{33}}, {{2, 2, 1}}, {{0, 3}}, {{3, 0}}},
            .errors = {{[] { sort(x23, 2); }, "sort: axis 2 was given, but x is [2, 3]"},
                       {[] { sort(scalar(1.0)); }, "sort: axis -1 was given, but x is []"}},
            .large = {{300, 71}}});
  check_op({.op = [](auto& x) { return transpose(sort(transpose(x[0]), 0, {.descending = true}).values); },
            .reference = ordered(0, -1, true),
            .shapes = {{{3, 7}}}});
  const auto [values, indices] =
      sort(tensor({2.0, std::nan(""), 1.0, 2.0, -std::numeric_limits<double>::infinity(), 1.0}));
  REQUIRE(indices.to_vector<std::int64_t>() == Numbers{4, 2, 5, 0, 3, 1});
  REQUIRE(sort(tensor({true, false, true})).values.to_vector<bool>() == std::vector{false, true, true});
}

TEST_CASE("argsort", "[ops]") {
  check_op({.op = [](auto& x) { return take_along_axis(x[0], argsort(x[0], 1), 1); },
            .reference = ordered(0, -1),
            .shapes = {{{3, 7}}, {{0, 3}}},
            .errors = {{[] { argsort(x23, -3); }, "argsort: axis -3 was given, but x is [2, 3]"}}});
  const Tensor x = tensor({1, 0, 1, 0, 2}), with_nan = tensor({1.0, std::nan(""), 2.0, std::nan("")});
  REQUIRE(argsort(x).to_vector<std::int64_t>() == Numbers{1, 3, 0, 2, 4});
  REQUIRE(argsort(x, 0, {.descending = true}).to_vector<std::int64_t>() == Numbers{4, 0, 2, 1, 3});
  REQUIRE(argsort(with_nan, 0, {.descending = true}).to_vector<std::int64_t>() == Numbers{1, 3, 2, 0});
  for (const DType dtype : {float32, float64, int64, boolean, bfloat16, float16})
    REQUIRE(argsort(cast(tensor({1, 0, 1, 0, 0}), dtype)).to_vector<std::int64_t>() == Numbers{1, 3, 4, 0, 2});
  // Any number of equal elements stay in order.
  std::vector<std::int64_t> keys(5000);
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = static_cast<std::int64_t>(i * i % 7);
  Numbers expected(keys.size());
  std::iota(expected.begin(), expected.end(), 0);
  const auto key = [&](std::int64_t i) { return std::pair{keys[static_cast<std::size_t>(i)], i}; };
  std::sort(expected.begin(), expected.end(), [&](auto a, auto b) { return key(a) < key(b); });
  REQUIRE(argsort(tensor(keys)).to_vector<std::int64_t>() == expected);
}

TEST_CASE("topk", "[ops]") {
  check_op({.op = [](auto& x) { return topk(x[0], 3).values; },
            .reference = ordered(0, 3, true),
            .shapes = {{{3, 7}}, {{33}}, {{2, 3}}, {{0, 3}}},
            .errors = {{[] { topk(x23, 4); }, "topk: k is 4, but axis 1 of x, which is [2, 3], has 3 elements"},
                       {[] { topk(x23, -1, 0); }, "topk: k is -1, but axis 0 of x, which is [2, 3], has 2 elements"}},
            .large = {{300, 71}}});
  check_op({.op = [](auto& x) { return topk(x[0], 2, -1, {.largest = false}).values; },
            .reference = ordered(0, 2),
            .shapes = {{{3, 7}}, {{2}}}});
  REQUIRE(topk(tensor({1, 3, 3, 0, 3}), 2).indices.to_vector<std::int64_t>() == Numbers{1, 2});
  REQUIRE(topk(x23, 0).values.shape() == Shape{2, 0});
}

TEST_CASE("kthvalue", "[ops]") {
  check_op({.op = [](auto& x) { return kthvalue(x[0], 2).values; },
            .reference = without_last_axis(ordered(1, 1)),
            .shapes = {{{3, 7}}, {{33}}, {{0, 3}}},
            .errors = {
                {[] { kthvalue(x23, 4); }, "kthvalue: k is 4, but axis 1 of x, which is [2, 3], has 3 elements"},
                {[] { kthvalue(x23, 0, 0); }, "kthvalue: k is 0, but axis 0 of x, which is [2, 3], has 2 elements"}}});
  check_op({.op = [](auto& x) { return kthvalue(x[0], 3, -1, true).values; },
            .reference = ordered(2, 1),
            .shapes = {{{3, 3}}, {{3, 7}}}});
  REQUIRE(kthvalue(tensor({5, 1, 5, 1}), 2).indices.item<std::int64_t>() == 3);
}

TEST_CASE("median", "[ops]") {
  check_op({.op = [](auto& x) { return median(x[0]).values; },
            .reference = without_last_axis(ordered(3, 1)),
            .shapes = {{{3, 7}}, {{2, 2, 8}}},
            .errors = {
                {[] { median(zeros({2, 0})); }, "median: k is 0, but axis 1 of x, which is [2, 0], has 0 elements"}}});
  REQUIRE(median(tensor({4.0, 1.0, 3.0, 2.0}), 0).values.item() == 2);
}

TEST_CASE("the order is the same for any number of threads", "[ops]") {
  const Tensor x = reshape(cast(to_tensor(random_array({60000}, 3, 0, 20)), int32), {600, 100});
  const auto indices = [&](int n) {
    const Threads use(n);
    return concat({sort(x, 0).indices, sort(x, 1).indices});
  };
  const Tensor one = indices(1);
  require_same_bits(indices(3), one);
}

TEST_CASE("radix sort of long rows agrees with comparison sort of short ones", "[ops]") {
  const std::size_t width = 1000;
  for (const DType dtype : {float32, float64, int32, int64, bfloat16}) {
    Tensor x = to_tensor(random_array({1, static_cast<std::int64_t>(width)}, 8, -1e3, 1e3), dtype);
    if (is_floating(dtype)) {
      assign(slice(x, 1, {}, {}, 97), std::nan(""));
      assign(slice(x, 1, 5, {}, 101), -0.0);
      assign(slice(x, 1, 6, {}, 101), 0.0);
    }
    const auto values = cast(x, float64).to_vector<double>();
    for (const double sign : {1.0, -1.0}) {  // ascending and descending
      const auto key = [&](std::int64_t i) {
        const double value = sign * values[static_cast<std::size_t>(i)];
        return std::tuple{std::isnan(value) ? sign : 0.0, std::isnan(value) ? 0.0 : value, i};
      };
      Numbers expected(width);
      std::iota(expected.begin(), expected.end(), 0);
      std::sort(expected.begin(), expected.end(), [&](auto a, auto b) { return key(a) < key(b); });
      REQUIRE(argsort(x, 1, {.descending = sign < 0}).to_vector<std::int64_t>() == expected);
    }
  }
}
