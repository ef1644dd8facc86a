#include <cmath>

#include "catch.h"
#include "ops/elementwise_rows.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

const std::vector<std::vector<Shape>> pairs = {
    {{3, 33}, {3, 33}},  {{7}, {7}},    {{1}, {1}}, {{}, {}},         {{0, 4}, {0, 4}},
    {{2, 1, 7}, {5, 1}}, {{4}, {3, 4}}, {{}, {5}},  {{1, 0}, {3, 1}}, {{2, 3, 1, 4}, {3, 5, 1}}};
const std::vector<std::vector<Shape>> singles = {{{3, 33}}, {{7}}, {{}}, {{0, 4}}, {{2, 3, 5}}};
const std::vector<Shape> large = {{300, 701}, {701}};

std::string mismatch(const std::string& op) {
  return op + ": a is [2, 3] and b is [3, 2], but each axis, from the last, must have the same length or length 1";
}
std::string dtypes(const std::string& op) {
  return op + ": a is float32 and b is int64, but both must have the same dtype; cast one of them";
}
const Tensor a = zeros({2, 3}), b = zeros({3, 2}), integers = zeros({2, 3}, int64);

}  // namespace

TEST_CASE("add", "[ops]") {
  check_op({.op = [](auto& x) { return add(x[0], x[1]); },
            .reference = elementwise([](double x, double y) { return x + y; }),
            .linear = true,
            .shapes = pairs,
            .errors = {{[] { add(a, b); }, mismatch("add")}, {[] { add(a, integers); }, dtypes("add")}},
            .large = large});
  check_op({.op = [](auto& x) { return add(x[0], 1.5); },
            .reference = elementwise([](double x) { return x + 1.5; }),
            .shapes = singles});
}

TEST_CASE("subtract", "[ops]") {
  check_op(
      {.op = [](auto& x) { return subtract(x[0], x[1]); },
       .reference = elementwise([](double x, double y) { return x - y; }),
       .linear = true,
       .shapes = pairs,
       .errors = {{[] { subtract(a, b); }, mismatch("subtract")}, {[] { subtract(a, integers); }, dtypes("subtract")}},
       .large = large});
  check_op({.op = [](auto& x) { return subtract(x[0], 1.5); },
            .reference = elementwise([](double x) { return x - 1.5; }),
            .shapes = singles});
  check_op({.op = [](auto& x) { return subtract(1.5, x[0]); },
            .reference = elementwise([](double x) { return 1.5 - x; }),
            .shapes = singles});
}

TEST_CASE("multiply", "[ops]") {
  check_op(
      {.op = [](auto& x) { return multiply(x[0], x[1]); },
       .reference = elementwise([](double x, double y) { return x * y; }),
       .multilinear = true,
       .shapes = pairs,
       .errors = {{[] { multiply(a, b); }, mismatch("multiply")}, {[] { multiply(a, integers); }, dtypes("multiply")}},
       .large = large});
  check_op({.op = [](auto& x) { return multiply(x[0], -2.5); },
            .reference = elementwise([](double x) { return -2.5 * x; }),
            .linear = true,
            .shapes = singles});
}

TEST_CASE("divide", "[ops]") {
  check_op({.op = [](auto& x) { return divide(x[0], x[1]); },
            .reference = elementwise([](double x, double y) { return x / y; }),
            .shapes = pairs,
            .errors = {{[] { divide(a, b); }, mismatch("divide")},
                       {[] { divide(a, integers); }, dtypes("divide")},
                       {[] { divide(integers, integers); },
                        "divide: the tensor is int64, but it must be float32 or float64"}},
            .low = 0.5,
            .high = 2,
            .large = large});
  check_op({.op = [](auto& x) { return divide(x[0], 3); },
            .reference = elementwise([](double x) { return x / 3; }),
            .linear = true,
            .shapes = singles});
  check_op({.op = [](auto& x) { return divide(3, x[0]); },
            .reference = elementwise([](double x) { return 3 / x; }),
            .shapes = singles,
            .low = -2,
            .high = -0.5});
}

TEST_CASE("negate", "[ops]") {
  check_op({.op = [](auto& x) { return negate(x[0]); },
            .reference = elementwise([](double x) { return -x; }),
            .linear = true,
            .shapes = singles,
            .errors = {{[] { negate(zeros({2}, boolean)); }, "negate: the tensor is bool, but it must be a number"}},
            .large = {{300, 701}}});
}

TEST_CASE("lerp", "[ops]") {
  check_op({.op = [](auto& x) { return lerp(x[0], x[1], x[2]); },
            .reference =
                [](const std::vector<Array>& x) {
                  Array y({3, 7});
                  const auto element = [&](std::size_t i, std::int64_t at) {
                    return x[i].at(repeated_place(place_of(at, y.shape), x[i].shape));
                  };
                  for (std::int64_t i = 0; i < y.size(); ++i)
                    y[i] = element(0, i) + element(2, i) * (element(1, i) - element(0, i));
                  return y;
                },
            .shapes = {{{3, 7}, {3, 7}, {3, 7}}, {{7}, {3, 1}, {}}},
            .errors = {{[] { lerp(a, a, integers); },
                        "lerp: a is float32 and weight is int64, but both must have the same dtype; cast one of them"},
                       {[] { lerp(integers, integers, 0.5); },
                        "lerp: the tensor is int64, but it must be float32 or float64"}},
            .kinks = {-0.5, 0.5}});
  for (const double weight : {0.2, 0.7, 1.5})
    check_op({.op = [=](auto& x) { return lerp(x[0], x[1], weight); },
              .reference = elementwise([=](double x, double y) { return x + weight * (y - x); }),
              .linear = true,
              .shapes = {{{7}, {7}}, {{2, 3}, {3}}, {{0, 4}, {}}}});
  const Tensor from = tensor({0.1f, 1e8f}), to = tensor({0.7f, 0.3f});
  require_same_bits(lerp(from, to, 0), from);
  require_same_bits(lerp(from, to, 1), to);
  require_same_bits(lerp(from, to, ones({2})), to);
}

TEST_CASE("operators agree with the named functions", "[ops]") {
  const Tensor x = tensor({1.0, -2.0, 4.0}), y = tensor({0.5, 3.0, -1.0});
  const auto values = [](const Tensor& t) { return t.to_vector<double>(); };
  const std::vector<std::pair<const char*, std::pair<Tensor, Tensor>>> rows = {
      {"operator+", {x + y, add(x, y)}},      {"operator+", {x + 2, add(x, 2)}},
      {"operator+", {2 + x, add(x, 2)}},      {"operator-", {x - y, subtract(x, y)}},
      {"operator-", {x - 2, subtract(x, 2)}}, {"operator-", {2 - x, subtract(2, x)}},
      {"operator-", {-x, negate(x)}},         {"operator*", {x * y, multiply(x, y)}},
      {"operator*", {x * 2, multiply(x, 2)}}, {"operator*", {2 * x, multiply(x, 2)}},
      {"operator/", {x / y, divide(x, y)}},   {"operator/", {x / 2, divide(x, 2)}},
      {"operator/", {2 / x, divide(2, x)}}};
  for (const auto& [name, both] : rows) {
    INFO(name);
    REQUIRE(values(both.first) == values(both.second));
  }
  REQUIRE(values(2 - x) == std::vector{1.0, 4.0, -2.0});
  REQUIRE(values(x / y) == std::vector{2.0, -2.0 / 3, -4.0});
}

TEST_CASE("integers are added, subtracted and multiplied", "[ops]") {
  for (const DType dtype : {int32, int64}) {
    const Tensor x = cast(tensor({7, -3, 5}), dtype), y = cast(tensor({2}), dtype);
    REQUIRE(cast(x + y, int64).to_vector<std::int64_t>() == std::vector<std::int64_t>{9, -1, 7});
    REQUIRE(cast(x - y, int64).to_vector<std::int64_t>() == std::vector<std::int64_t>{5, -5, 3});
    REQUIRE(cast(-x, int64).to_vector<std::int64_t>() == std::vector<std::int64_t>{-7, 3, -5});
    REQUIRE(cast(x * y, int64).to_vector<std::int64_t>() == std::vector<std::int64_t>{14, -6, 10});
  }
}

TEST_CASE("abs", "[ops]") {
  Row it = floating_row_of("abs", abs, [](double x) { return std::abs(x); });
  it.kinks = {0};
  it.errors = {{[] { abs(zeros({2}, boolean)); }, "abs: the tensor is bool, but it must be a number"}};
  check_op(it);
  REQUIRE(abs(tensor({-3, 0, 2})).to_vector<std::int32_t>() == std::vector<std::int32_t>{3, 0, 2});
}

TEST_CASE("sign", "[ops]") {
  Row it = floating_row_of("sign", sign, [](double x) { return double(x > 0) - double(x < 0); });
  it.errors = {{[] { sign(zeros({2}, boolean)); }, "sign: the tensor is bool, but it must be a number"}};
  check_flat(it, sign);
  REQUIRE(sign(tensor({-3, 0, 2})).to_vector<std::int32_t>() == std::vector<std::int32_t>{-1, 0, 1});
  REQUIRE(at(sign, std::nan("")) == 0);
}
