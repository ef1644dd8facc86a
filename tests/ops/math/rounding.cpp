#include "catch.h"
#include "ops/elementwise_rows.h"

using namespace heed;
using namespace table;

namespace {

void check_rounding(const std::string& name, Function f, double (*formula)(double)) {
  check_flat(row_of(name, f, formula), f);
  for (const double x : {-2.5, -1.5, -0.5, -0.2, 0.5, 1.5, 2.5, 3.0}) REQUIRE(at(f, x) == formula(x));
  REQUIRE(std::isnan(at(f, not_a_number)));
}

std::vector<std::int32_t> on_integers(Function2 f) {
  return f(tensor({7, -7, 7, -7, 6, std::numeric_limits<std::int32_t>::min()}), tensor({3, 3, -3, -3, 3, -1}))
      .to_vector<std::int32_t>();
}

double python_remainder(double a, double b) { return a - b * std::floor(a / b); }

}  // namespace

TEST_CASE("floor", "[ops]") { check_rounding("floor", floor, std::floor); }
TEST_CASE("ceil", "[ops]") { check_rounding("ceil", ceil, std::ceil); }
TEST_CASE("round", "[ops]") { check_rounding("round", round, std::nearbyint); }
TEST_CASE("trunc", "[ops]") { check_rounding("trunc", trunc, std::trunc); }

TEST_CASE("floor_divide", "[ops]") {
  Row row = row_of("floor_divide", floor_divide, [](double a, double b) { return std::floor(a / b); });
  row.differentiable = false;
  check_op(row);
  for (const double a : {7.0, -7.0, 6.0, -6.0, 0.0})
    for (const double b : {3.0, -3.0}) REQUIRE(at(floor_divide, a, b) == std::floor(a / b));
  REQUIRE(at(floor_divide, 7, 0.1) == 69);  // 0.1 in binary is a little more
  REQUIRE(at(floor_divide, 7, infinity) == 0);
  REQUIRE(at(floor_divide, -7, infinity) == -1);
  REQUIRE(at(floor_divide, 1, 0) == infinity);
  REQUIRE(on_integers(floor_divide) ==
          std::vector<std::int32_t>{2, -3, -3, 2, 2, std::numeric_limits<std::int32_t>::min()});
  REQUIRE_THROWS_WITH(floor_divide(tensor({1, 2}), tensor({1, 0})),
                      "floor_divide: an element of b, which is int32 [2], is 0");
  REQUIRE(slope_at([](const Tensor& x) { return floor_divide(x, 2) + floor_divide(scalar(3.0), x); }, 1.3) == 0);
}

TEST_CASE("remainder", "[ops]") {
  // Away from integer quotients, where it is discontinuous.
  const auto quotient = [](const Tensor& x) { return x * 0.2 + 1.5; };
  check_op({.op = [=](auto& x) { return remainder(quotient(x[0]), x[1] * 0.05 + 1); },
            .reference = elementwise([](double a, double b) { return python_remainder(a * 0.2 + 1.5, b * 0.05 + 1); }),
            .shapes = few_pairs});
  check_op({.op = [=](auto& x) { return remainder(-quotient(x[0]), 1); },
            .reference = elementwise([](double a) { return python_remainder(-a * 0.2 - 1.5, 1); }),
            .shapes = {{{7}}},
            .errors = {{[] { remainder(tensor({1, 2}), 0); }, "remainder: an element of b, which is int32 [], is 0"}}});
  REQUIRE(on_integers(remainder) == std::vector<std::int32_t>{1, 2, -2, -1, 0, 0});
  REQUIRE(at(remainder, -1, 3) == 2);
  REQUIRE(at(remainder, -1, infinity) == infinity);
  REQUIRE(std::isnan(at(remainder, 1, 0)));
}

TEST_CASE("fmod", "[ops]") {
  const auto quotient = [](const Tensor& x) { return x * 0.2 + 1.5; };
  check_op({.op = [=](auto& x) { return fmod(-quotient(x[0]), x[1] * 0.05 + 1); },
            .reference = elementwise([](double a, double b) { return std::fmod(-a * 0.2 - 1.5, b * 0.05 + 1); }),
            .shapes = few_pairs});
  check_op({.op = [=](auto& x) { return fmod(quotient(x[0]), -1); },
            .reference = elementwise([](double a) { return std::fmod(a * 0.2 + 1.5, -1); }),
            .shapes = {{{7}}},
            .errors = {{[] { fmod(tensor({1, 2}), 0); }, "fmod: an element of b, which is int32 [], is 0"}}});
  REQUIRE(on_integers(fmod) == std::vector<std::int32_t>{1, -1, 1, -1, 0, 0});
}

TEST_CASE("fmod of floats agrees with the C library") {
  const Tensor a = normal({1000}) * exp(normal({1000}) * 8), b = normal({1000}) * exp(normal({1000}) * 8);
  const auto of_a = a.to_vector<float>(), of_b = b.to_vector<float>(), left = fmod(a, b).to_vector<float>();
  for (std::size_t i = 0; i < left.size(); ++i) REQUIRE(left[i] == std::fmod(of_a[i], of_b[i]));
}
