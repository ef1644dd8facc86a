#include "catch.h"
#include "ops/elementwise_rows.h"

using namespace heed;
using namespace table;

namespace {

void check_preferred(const std::string& name, Function2 f, Tensor (*with_number)(const Tensor&, Number),
                     double (*formula)(double, double)) {
  Row row = row_of(name, f, formula);
  row.repeatable = false;
  check_op(row);
  check_op({.op = [=](auto& x) { return with_number(x[0], 0.5); },
            .reference = elementwise([=](double x) { return formula(x, 0.5); }),
            .shapes = few_shapes,
            .kinks = {0.5}});
  REQUIRE(std::isnan(at(f, not_a_number, 1)));
  REQUIRE(std::isnan(at(f, 1, not_a_number)));
  const Tensor a = scalar(2.0).require_grad(), b = scalar(2.0).require_grad();
  backward(f(a, b));
  REQUIRE(a.grad().item() == 0.5);
  REQUIRE(b.grad().item() == 0.5);
  const auto integers = f(tensor({1, 5}), tensor({3, 2})).to_vector<std::int32_t>();
  REQUIRE(integers == std::vector<std::int32_t>{int(formula(1, 3)), int(formula(5, 2))});
}

}  // namespace

TEST_CASE("minimum", "[ops]") {
  check_preferred("minimum", minimum, minimum, [](double a, double b) { return std::min(a, b); });
}

TEST_CASE("maximum", "[ops]") {
  check_preferred("maximum", maximum, maximum, [](double a, double b) { return std::max(a, b); });
}

TEST_CASE("clamp", "[ops]") {
  check_op(
      {.op = [](auto& x) { return clamp(x[0], -0.5, 1); },
       .reference = elementwise([](double x) { return std::clamp(x, -0.5, 1.0); }),
       .shapes = few_shapes,
       .errors = {{[] { clamp(zeros({2}), 1, 0.5); }, "clamp: low is 1 and high is 0.5, but low must not be greater"},
                  {[] { clamp(zeros({2}, boolean), 0, 1); }, "clamp: the tensor is bool, but it must be a number"}},
       .kinks = {-0.5, 1},
       .large = {{20, 1001}}});
  for (const double x : {-0.5, 1.0}) REQUIRE(slope_at([](const Tensor& v) { return clamp(v, -0.5, 1); }, x) == 1);
  REQUIRE(std::isnan(clamp(scalar(not_a_number), 0, 1).item()));
  REQUIRE(clamp(tensor({-3, 1, 9}), 0, infinity).to_vector<std::int32_t>() == std::vector<std::int32_t>{0, 1, 9});
}

TEST_CASE("clamp_min", "[ops]") {
  check_op({.op = [](auto& x) { return clamp_min(x[0], 0.5); },
            .reference = elementwise([](double x) { return std::max(x, 0.5); }),
            .shapes = few_shapes,
            .kinks = {0.5}});
}

TEST_CASE("clamp_max", "[ops]") {
  check_op({.op = [](auto& x) { return clamp_max(x[0], 0.5); },
            .reference = elementwise([](double x) { return std::min(x, 0.5); }),
            .shapes = few_shapes,
            .kinks = {0.5}});
  REQUIRE(clamp_max(tensor({-3, 1, 9}), 5).to_vector<std::int32_t>() == std::vector<std::int32_t>{-3, 1, 5});
}
