#include <cmath>

#include "catch.h"
#include "ops/elementwise_rows.h"

using namespace heed;
using namespace table;

TEST_CASE("pow", "[ops]") {
  Row both = row_of("pow", pow, [](double a, double b) { return std::pow(a, b); });
  both.low = 0.5;
  check_op(both);
  for (const double exponent : {2.5, 3.0, 2.0, 1.0, 0.5, -0.5, -1.0, -2.5, 0.0}) {
    INFO("exponent " << exponent);
    Row row{.op = [=](auto& x) { return pow(x[0], exponent); },
            .reference = elementwise([=](double a) { return std::pow(a, exponent); }),
            .linear = exponent == 1,
            .shapes = {{{7}}, {{}}, {{0, 2}}},
            .low = 0.5,
            .differentiable = exponent != 0};
    check_op(row);
  }
  check_op({.op = [=](auto& x) { return pow(1.7, x[0]); },
            .reference = elementwise([](double b) { return std::pow(1.7, b); }),
            .shapes = {{{7}}, {{}}, {{0, 2}}}});
  REQUIRE(at(pow, -2, 3) == -8);
  REQUIRE(std::isnan(at(pow, -2, 0.5)));
}

TEST_CASE("pow at 0 has finite derivatives", "[ops]") {
  const auto slopes = [](double base, double exponent) {
    const Tensor a = scalar(base).require_grad(), b = scalar(exponent).require_grad();
    backward(pow(a, b));
    return std::pair{a.grad().item(), b.grad().item()};
  };
  REQUIRE(slopes(0, 0) == std::pair{0.0, 0.0});
  REQUIRE(slopes(0, 1) == std::pair{1.0, 0.0});
  REQUIRE(slopes(0, 2) == std::pair{0.0, 0.0});
  REQUIRE(slopes(2, 0) == std::pair{0.0, std::log(2.0)});
  REQUIRE(slope_at([](const Tensor& x) { return pow(x, 0); }, 3) == 0);
  REQUIRE(slope_at([](const Tensor& x) { return pow(0, x); }, 2) == 0);
  REQUIRE(slope_at([](const Tensor& x) { return pow(x, 1); }, 0) == 1);
}

TEST_CASE("pow of integers", "[ops]") {
  const Tensor a = tensor({3, -2, 0, 10}), b = tensor({4, 3, 0, 9});
  REQUIRE(pow(a, b).to_vector<std::int32_t>() == std::vector<std::int32_t>{81, -8, 1, 1000000000});
  REQUIRE(pow(a, 2).to_vector<std::int32_t>() == std::vector<std::int32_t>{9, 4, 0, 100});
  REQUIRE(pow(2, b).to_vector<std::int32_t>() == std::vector<std::int32_t>{16, 8, 1, 512});
  REQUIRE_THROWS_WITH(pow(a, -a),
                      "pow: a and b are int32 and an element of b is negative, but exponents of integers must be at "
                      "least 0");
  REQUIRE_THROWS_WITH(pow(a, 0.5),
                      "pow: a is int32 and b is 0.5, but exponents of integers must be integers and at least 0");
}

TEST_CASE("square", "[ops]") {
  Row row = row_of("square", square, [](double x) { return x * x; });
  row.errors = {{[] { square(zeros({2}, boolean)); }, "square: the tensor is bool, but it must be a number"}};
  check_op(row);
  REQUIRE(square(tensor({-3, 2})).to_vector<std::int32_t>() == std::vector<std::int32_t>{9, 4});
}

TEST_CASE("reciprocal", "[ops]") {
  Row row = row_of("reciprocal", reciprocal, [](double x) { return 1 / x; });
  row.low = 0.5;
  check_op(row);
  REQUIRE(at(reciprocal, 0) == infinity);
}

TEST_CASE("rsqrt", "[ops]") {
  Row row = row_of("rsqrt", rsqrt, [](double x) { return 1 / std::sqrt(x); });
  row.low = 0.5;
  check_op(row);
  REQUIRE(at(rsqrt, 0) == infinity);
  REQUIRE(at(rsqrt, infinity) == 0);
}

TEST_CASE("sqrt", "[ops]") {
  Row it = floating_row_of("sqrt", sqrt, [](double x) { return std::sqrt(x); });
  it.low = 0.4, it.high = 3;
  check_op(it);
  REQUIRE(at(sqrt, 0) == 0);
  REQUIRE(std::isnan(at(sqrt, -1)));
}
