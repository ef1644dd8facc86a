#include <cmath>

#include "catch.h"
#include "ops/elementwise_rows.h"

using namespace heed;
using namespace table;

TEST_CASE("exp2", "[ops]") {
  check_op(row_of("exp2", exp2, [](double x) { return std::exp2(x); }));
  REQUIRE(at(exp2, 10) == 1024);
}

TEST_CASE("expm1", "[ops]") {
  check_op(row_of("expm1", expm1, [](double x) { return std::expm1(x); }));
  REQUIRE(expm1(scalar(1e-20f)).item<float>() == 1e-20f);
}

TEST_CASE("log1p", "[ops]") {
  Row row = row_of("log1p", log1p, [](double x) { return std::log1p(x); });
  row.low = -0.5;
  check_op(row);
  REQUIRE(log1p(scalar(1e-20f)).item<float>() == 1e-20f);
  REQUIRE(at(log1p, -1) == -infinity);
  REQUIRE(std::isnan(at(log1p, -2)));
}

TEST_CASE("log2", "[ops]") {
  Row row = row_of("log2", log2, [](double x) { return std::log2(x); });
  row.low = 0.4, row.high = 3;
  check_op(row);
  REQUIRE(at(log2, 1024) == 10);
}

TEST_CASE("log10", "[ops]") {
  Row row = row_of("log10", log10, [](double x) { return std::log10(x); });
  row.low = 0.4, row.high = 3;
  check_op(row);
  REQUIRE(at(log10, 1000) == 3);
  REQUIRE(at(log10, 0) == -infinity);
}

TEST_CASE("exp", "[ops]") {
  check_op(floating_row_of("exp", exp, [](double x) { return std::exp(x); }));
  REQUIRE(at(exp, -infinity) == 0);
  REQUIRE(at(exp, 1000) == infinity);
}

TEST_CASE("log", "[ops]") {
  Row it = floating_row_of("log", log, [](double x) { return std::log(x); });
  it.low = 0.4, it.high = 3;
  check_op(it);
  REQUIRE(at(log, 0) == -infinity);
  REQUIRE(std::isnan(at(log, -1)));
}
