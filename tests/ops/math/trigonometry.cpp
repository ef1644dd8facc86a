#include <cmath>

#include "catch.h"
#include "ops/elementwise_rows.h"

using namespace heed;
using namespace table;

namespace {

using Real = double (*)(double);

void check(const std::string& name, Function f, Real formula, double low = -2, double high = 2) {
  Row row = row_of(name, f, formula);
  row.low = low, row.high = high;
  check_op(row);
}

}  // namespace

TEST_CASE("sin", "[ops]") { check("sin", sin, std::sin, -7, 7); }
TEST_CASE("cos", "[ops]") { check("cos", cos, std::cos, -7, 7); }
TEST_CASE("tan", "[ops]") { check("tan", tan, std::tan, -1, 1); }
TEST_CASE("sinh", "[ops]") { check("sinh", sinh, std::sinh); }
TEST_CASE("cosh", "[ops]") { check("cosh", cosh, std::cosh); }
TEST_CASE("atan", "[ops]") { check("atan", atan, std::atan, -4, 4); }
TEST_CASE("asinh", "[ops]") { check("asinh", asinh, std::asinh, -4, 4); }

TEST_CASE("asin", "[ops]") {
  check("asin", asin, std::asin, -0.8, 0.8);
  REQUIRE(std::isnan(at(asin, 1.1)));
  REQUIRE(slope_at([](const Tensor& x) { return asin(x); }, 1) == infinity);
}

TEST_CASE("acos", "[ops]") {
  check("acos", acos, std::acos, -0.8, 0.8);
  REQUIRE(std::isnan(at(acos, -1.1)));
}

TEST_CASE("acosh", "[ops]") {
  check("acosh", acosh, std::acosh, 1.3, 4);
  REQUIRE(at(acosh, 1) == 0);
  REQUIRE(std::isnan(at(acosh, 0.9)));
}

TEST_CASE("atanh", "[ops]") {
  check("atanh", atanh, std::atanh, -0.8, 0.8);
  REQUIRE(at(atanh, 1) == infinity);
}

TEST_CASE("atan2", "[ops]") {
  Row row = row_of("atan2", atan2, [](double a, double b) { return std::atan2(a, b); });
  row.low = 0.5;
  check_op(row);
  for (const double a : {-1.0, 1.0})
    for (const double b : {-2.0, 2.0}) REQUIRE(at(atan2, a, b) == std::atan2(a, b));
  REQUIRE(at(atan2, 0, 0) == 0);
}

TEST_CASE("tanh", "[ops]") {
  check_op(floating_row_of("tanh", tanh, [](double x) { return std::tanh(x); }));
  REQUIRE(at(tanh, infinity) == 1);
}

TEST_CASE("tanh has derivatives of every order, and leaks no node", "[ops]") {
  const std::int64_t before = live_nodes();
  {
    const Tensor x = tensor({0.3, -0.8}).require_grad();
    std::vector<Tensor> derivatives = {tanh(x)};
    for (int order = 1; order <= 4; ++order)
      derivatives.push_back(grad(sum(derivatives.back()), x, {.create_graph = true}));
    for (int i = 0; i < 2; ++i) {
      const double t = std::tanh(x.to_vector<double>()[static_cast<std::size_t>(i)]), s = 1 - t * t;
      const double formula[] = {t, s, -2 * t * s, s * (6 * t * t - 2), 8 * t * s * (2 - 3 * t * t)};
      for (std::size_t order = 0; order <= 4; ++order)
        REQUIRE(derivatives[order].to_vector<double>()[static_cast<std::size_t>(i)] == Approx(formula[order]));
    }
  }
  REQUIRE(live_nodes() == before);
}
