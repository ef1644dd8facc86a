#include "catch.h"
#include "ops/elementwise_rows.h"

using namespace heed;
using namespace table;

namespace {

const Tensor kinds = tensor({not_a_number, infinity, -infinity, 0.0, 1e300});

void check_kind(const std::string& name, Function f, const std::vector<bool>& expected) {
  Row row = row_of(name, f, [&](double) { return double(expected[3]); });
  row.differentiable = false;
  check_op(row);
  REQUIRE(f(kinds).to_vector<bool>() == expected);
}

}  // namespace

TEST_CASE("isnan", "[ops]") { check_kind("isnan", isnan, {true, false, false, false, false}); }
TEST_CASE("isinf", "[ops]") { check_kind("isinf", isinf, {false, true, true, false, false}); }
TEST_CASE("isfinite", "[ops]") { check_kind("isfinite", isfinite, {false, false, false, true, true}); }

TEST_CASE("nan_to_num", "[ops]") {
  check_op({.op = [](auto& x) { return nan_to_num(x[0]); },
            .reference = elementwise([](double x) { return x; }),
            .linear = true,  // of finite numbers
            .shapes = few_shapes,
            .errors = {{[] { nan_to_num(arange(2)); },
                        "nan_to_num: the tensor is int64, but it must be float32 or float64"}}});
  const double most = std::numeric_limits<double>::max();
  REQUIRE(nan_to_num(kinds).to_vector<double>() == std::vector{0.0, most, -most, 0.0, 1e300});
  REQUIRE(nan_to_num(kinds, 7, 8, 9).to_vector<double>() == std::vector{7.0, 8.0, 9.0, 0.0, 1e300});
  REQUIRE(slope_at([](const Tensor& x) { return nan_to_num(x); }, infinity) == 0);
}

TEST_CASE("isclose", "[ops]") {
  Row row = row_of(
      "isclose", [](const Tensor& a, const Tensor& b) { return isclose(a, b, 0.1, 0.5); },
      [](double a, double b) { return double(std::abs(a - b) <= 0.5 + 0.1 * std::abs(b)); });
  row.differentiable = false;
  check_op(row);
  const auto close = [](double a, double b) { return isclose(scalar(a), scalar(b)).item<bool>(); };
  REQUIRE(close(1, 1 + 1e-6));
  REQUIRE_FALSE(close(1, 1.1));
  REQUIRE(close(infinity, infinity));
  REQUIRE_FALSE(close(1, infinity));
  REQUIRE_FALSE(close(not_a_number, not_a_number));
  REQUIRE(allclose(tensor({1.0, 2.0}), tensor({1.0, 2.0 + 1e-7})));
  REQUIRE_FALSE(allclose(tensor({1.0, 2.0}), tensor({1.0, 2.1})));
}
