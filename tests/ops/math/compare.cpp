#include <cmath>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

const Tensor a = zeros({2, 3}), b = zeros({3, 2}), integers = zeros({2, 3}, int64);

using WithTensor = Tensor (*)(const Tensor&, const Tensor&);
using WithNumber = Tensor (*)(const Tensor&, Number);

/// Checks on multiples of 1/2, many of which are equal.
void check_comparison(const std::string& name, WithTensor f, WithNumber with_number, bool (*formula)(double, double)) {
  const auto coarse = [](const Tensor& x) { return cast(cast(x * 2, int32), x.dtype()) * 0.5; };
  const auto coarse_number = [](double x) { return std::trunc(x * 2) / 2; };
  check_op({.op = [=](auto& x) { return f(coarse(x[0]), coarse(x[1])); },
            .reference =
                elementwise([=](double x, double y) -> double { return formula(coarse_number(x), coarse_number(y)); }),
            .shapes = {{{3, 33}, {3, 33}}, {{7}, {7}}, {{}, {}}, {{0, 4}, {4}}, {{2, 1, 7}, {5, 1}}, {{4}, {3, 4}}},
            .errors = {{[=] { f(a, b); },
                        name + ": a is [2, 3] and b is [3, 2], but each axis, from the last, must have the same length "
                               "or length 1"},
                       {[=] { f(a, integers); },
                        name + ": a is float32 and b is int64, but both must have the same dtype; cast one of them"}},
            .differentiable = false,
            .large = {{300, 701}, {701}}});
  check_op({.op = [=](auto& x) { return with_number(coarse(x[0]), 0.5); },
            .reference = elementwise([=](double x) -> double { return formula(coarse_number(x), 0.5); }),
            .shapes = {{{3, 33}}, {{}}, {{0}}},
            .differentiable = false});
  for (const DType dtype : {int32, int64, boolean})
    for (const int x : {0, 1})
      for (const int y : {0, 1}) REQUIRE(f(full({}, x, dtype), full({}, y, dtype)).item<bool>() == formula(x, y));
  const double nan = std::nan("");
  REQUIRE(with_number(scalar(nan), 0).item<bool>() == (name == "not_equal"));
  REQUIRE(f(scalar(nan), scalar(nan)).item<bool>() == (name == "not_equal"));
}

}  // namespace

TEST_CASE("equal", "[ops]") {
  check_comparison("equal", equal, equal, [](double x, double y) { return x == y; });
}
TEST_CASE("not_equal", "[ops]") {
  check_comparison("not_equal", not_equal, not_equal, [](double x, double y) { return x != y; });
}
TEST_CASE("less", "[ops]") {
  check_comparison("less", less, less, [](double x, double y) { return x < y; });
}
TEST_CASE("less_equal", "[ops]") {
  check_comparison("less_equal", less_equal, less_equal, [](double x, double y) { return x <= y; });
}
TEST_CASE("greater", "[ops]") {
  check_comparison("greater", greater, greater, [](double x, double y) { return x > y; });
}
TEST_CASE("greater_equal", "[ops]") {
  check_comparison("greater_equal", greater_equal, greater_equal, [](double x, double y) { return x >= y; });
}

TEST_CASE("comparison operators agree with the named functions", "[ops]") {
  const Tensor x = tensor({1.0, -2.0, 4.0}), y = tensor({0.5, -2.0, 5.0});
  const std::vector<std::pair<const char*, std::pair<Tensor, Tensor>>> rows = {
      {"operator<", {x < y, less(x, y)}},
      {"operator<", {x < 1, less(x, 1)}},
      {"operator<=", {x <= y, less_equal(x, y)}},
      {"operator<=", {x <= 1, less_equal(x, 1)}},
      {"operator>", {x > y, greater(x, y)}},
      {"operator>", {x > 1, greater(x, 1)}},
      {"operator>=", {x >= y, greater_equal(x, y)}},
      {"operator>=", {x >= 1, greater_equal(x, 1)}}};
  for (const auto& [name, both] : rows) {
    INFO(name);
    require_same_bits(both.first, both.second);
  }
}
