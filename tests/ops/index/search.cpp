#include <cmath>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {
using Numbers = std::vector<std::int64_t>;
Numbers numbers(const Tensor& x) { return x.to_vector<std::int64_t>(); }
}  // namespace

TEST_CASE("unique", "[ops]") {
  const Tensor x = tensor({3, 1, 3, 0, 1, 3}, {2, 3});
  const auto [values, inverse, counts] = unique(x);
  REQUIRE(values.to_vector<std::int32_t>() == std::vector<std::int32_t>{0, 1, 3});
  REQUIRE(numbers(counts) == Numbers{1, 2, 3});
  REQUIRE(inverse.shape() == Shape{2, 3});
  require_same_bits(gather_rows(values, inverse), x);
  require_same_bits(gather_rows(unique(transpose(x)).values, unique(transpose(x)).inverse), transpose(x));
  REQUIRE(numbers(unique(tensor({std::nan(""), 1.0, std::nan("")})).counts) == Numbers{1, 2});
  REQUIRE(numbers(unique(tensor({true, true})).counts) == Numbers{2});
  const auto none = unique(zeros({0, 2}));
  REQUIRE(none.values.shape() == Shape{0});
  REQUIRE(none.inverse.shape() == Shape{0, 2});
}

TEST_CASE("searchsorted", "[ops]") {
  const Tensor sorted = tensor({1.0, 3.0, 3.0, 5.0});
  const Tensor values = tensor({0.0, 1.0, 3.0, 4.0, 6.0, std::nan("")}, {2, 3});
  REQUIRE(numbers(searchsorted(sorted, values)) == Numbers{0, 0, 1, 3, 4, 4});
  REQUIRE(numbers(searchsorted(sorted, values, {.right = true})) == Numbers{0, 1, 3, 3, 4, 4});
  REQUIRE(searchsorted(sorted, values).shape() == Shape{2, 3});
  REQUIRE(numbers(searchsorted(stack({sorted, sorted * 2}), values)) == Numbers{0, 0, 1, 1, 1, 4});
  REQUIRE(numbers(searchsorted(flip(tensor({5, 3, 1})), flip(tensor({4, 0})))) == Numbers{0, 2});
  REQUIRE(numbers(searchsorted(zeros({0}), zeros({2}))) == Numbers{0, 0});
  REQUIRE(numbers(searchsorted(arange(9), scalar<std::int64_t>(4))) == Numbers{4});
  REQUIRE_THROWS_WITH(
      searchsorted(arange(3), zeros({2})),
      "searchsorted: sorted is int64 and values is float32, but both must have the same dtype; cast one of "
      "them");
  REQUIRE_THROWS_WITH(searchsorted(zeros({3, 2}), zeros({2, 2})),
                      "searchsorted: sorted is [3, 2] and values is [2, 2], but sorted must have one axis, or all but "
                      "the last like values");
  REQUIRE_THROWS_WITH(searchsorted(tensor({1, 3, 2}), tensor({1})),
                      "searchsorted: element 2 of row 0 is less than the one before, but the rows must be in ascending "
                      "order");
  REQUIRE_THROWS_WITH(
      searchsorted(scalar(1.0), zeros({2}, float64)),
      "searchsorted: sorted is [] and values is [2], but sorted must have one axis, or all but the last "
      "like values");
}

TEST_CASE("bucketize", "[ops]") {
  REQUIRE(numbers(bucketize(tensor({0.5f, 1.0f, 2.5f}), tensor({1.0f, 2.0f}))) == Numbers{0, 0, 2});
  REQUIRE(numbers(bucketize(tensor({0.5f, 1.0f, 2.5f}), tensor({1.0f, 2.0f}), {.right = true})) == Numbers{0, 1, 2});
  REQUIRE_THROWS_WITH(bucketize(zeros({2}), zeros({1, 2})),
                      "bucketize: boundaries is [1, 2], but it must have one axis");
  REQUIRE_THROWS_WITH(bucketize(zeros({2}), tensor({2.0f, 1.0f})),
                      "bucketize: element 1 of row 0 is less than the one before, but the rows must be in ascending "
                      "order");
}

TEST_CASE("bincount", "[ops]") {
  const Tensor x = tensor({2, 0, 2, 5, 2, 0}, {2, 3});
  REQUIRE(numbers(bincount(x)) == Numbers{2, 0, 3, 0, 0, 1});
  REQUIRE(numbers(bincount(cast(x, int64), 7)) == Numbers{2, 0, 3, 0, 0, 1, 0});
  REQUIRE(bincount(arange(0)).shape() == Shape{0});
  REQUIRE(numbers(bincount(x, full({2, 3}, 1 << 30, int32))) ==
          Numbers{std::int64_t{1} << 31, 0, std::int64_t{3} << 30, 0, 0, 1 << 30});
  check_op({.op = [&](auto& w) { return bincount(x, w[0], 4); },
            .reference =
                [](const std::vector<Array>& w) {
                  Array y({6});
                  const std::int64_t places[] = {2, 0, 2, 5, 2, 0};
                  for (std::int64_t i = 0; i < 6; ++i) y[places[i]] += w[0][i];
                  return y;
                },
            .linear = true,
            .shapes = {{{2, 3}}},
            .errors = {{[&] { bincount(x, zeros({6})); },
                        "bincount: x is [2, 3] and weights is [6], but both must have the same shape"},
                       {[] { bincount(tensor({1, -2})); }, "bincount: x has the number -2, but none must be negative"},
                       {[] { bincount(zeros({2})); }, "bincount: x is float32 [2], but it must be int64 or int32"},
                       {[&] { bincount(x, -1); }, "bincount: the minimum length is -1, but it must not be negative"}}});
}
