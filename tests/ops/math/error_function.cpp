#include <cmath>
#include <numbers>

#include "catch.h"
#include "ops/elementwise_rows.h"

using namespace heed;
using namespace table;

TEST_CASE("erf", "[ops]") {
  check_op(floating_row_of("erf", erf, [](double x) { return std::erf(x); }));
}

TEST_CASE("erfc", "[ops]") {
  check_op(floating_row_of("erfc", erfc, [](double x) { return std::erfc(x); }));
  REQUIRE(at(erfc, 20) / std::erfc(20.0) == Approx(1).epsilon(1e-12));
}
