#include <algorithm>

#include "catch.h"
#include "ops/elementwise_rows.h"
#include "ops/index/fold.h"

using namespace heed;
using namespace table;

TEST_CASE("max", "[ops]") {
  for (const auto& [axes, keep, bits] : over_three)
    check_op({.op = [&](auto& x) { return max(x[0], axes, keep); },
              .reference = over_axes(bits, keep, [](auto& x) { return *std::max_element(x.begin(), x.end()); }),
              .shapes = three_axes,
              .errors = {{[] { max(zeros({2, 3}), {2}); }, "max: axis 2 was given, but x is [2, 3]"},
                         {[] { max(zeros({2, 0})); },
                          "max: x is [2, 0], so there is no largest element along an axis of length 0"}},
              .repeatable = false,
              .large = {{41, 70, 31}}});
  REQUIRE(max(zeros({0, 2}), {1}).shape() == Shape{0});
  REQUIRE(std::isnan(max(tensor({1.0, std::nan(""), 2.0})).item()));
  REQUIRE(max(tensor({std::nan(""), 2.0, 1.0})).dtype() == float64);
  REQUIRE(max(tensor({-infinity, -infinity})).item() == -infinity);
  REQUIRE(max(tensor({-5, -7})).item<std::int32_t>() == -5);
  const Tensor x = tensor({2.0, 1.0, 2.0, 0.0}).require_grad();
  backward(max(x));
  REQUIRE(x.grad().to_vector<double>() == std::vector{0.5, 0.0, 0.5, 0.0});
}

TEST_CASE("min", "[ops]") {
  for (const auto& [axes, keep, bits] : over_three)
    check_op({.op = [&](auto& x) { return min(x[0], axes, keep); },
              .reference = over_axes(bits, keep, [](auto& x) { return *std::min_element(x.begin(), x.end()); }),
              .shapes = three_axes,
              .errors = {{[] { min(zeros({2, 3}), {2}); }, "min: axis 2 was given, but x is [2, 3]"},
                         {[] { min(zeros({2, 0})); },
                          "min: x is [2, 0], so there is no smallest element along an axis of length 0"}},
              .repeatable = false,
              .large = {{41, 70, 31}}});
  REQUIRE(std::isnan(min(tensor({1.0, not_a_number, 2.0})).item()));
  REQUIRE(min(tensor({infinity, infinity})).item() == infinity);
  REQUIRE(min(tensor({-5, -7})).item<std::int32_t>() == -7);
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  REQUIRE(min(tensor({most, most})).to_vector<std::int64_t>() == std::vector{most});
}

namespace {

/// Reference along the last axis.
void check_places(const std::string& name, Tensor (*f)(const Tensor&, int, bool), Tensor (*of_all)(const Tensor&),
                  double sign) {
  for (const int axis : {-1, 0, 1}) {
    const auto place = [=](auto& x) {
      return double(std::max_element(x.begin(), x.end(), [=](double a, double b) { return sign * a < sign * b; }) -
                    x.begin());
    };
    check_op({.op = [=](auto& x) { return f(x[0], axis, axis == 0); },
              .reference = over_axes(axis < 0 ? 4u : 1u << axis, axis == 0, place),
              .shapes = {{{3, 7, 5}}, {{1, 33, 2}}, {{1, 1, 1}}},
              .errors = {{[=] { f(zeros({2}), 1, false); }, name + ": axis 1 was given, but x is [2]"},
                         {[=] { f(zeros({2}, boolean), 0, false); },
                          name + ": the tensor is bool, but it must be a number"}},
              .differentiable = false,
              .large = {{41, 70, 31}}});
    if (axis < 0)
      check_op({.op = [=](auto& x) { return of_all(x[0]); },
                .reference = over_axes(7, false, place),
                .shapes = {{{3, 7, 5}}, {{1, 33, 2}}, {{1, 1, 1}}},
                .differentiable = false});
  }
  REQUIRE(of_all(tensor({1, 1, 1})).item<std::int64_t>() == 0);
  REQUIRE(of_all(tensor({1.0, not_a_number, 3.0, not_a_number})).item<std::int64_t>() == 1);
  REQUIRE(f(zeros({0, 3}), 1, false).shape() == Shape{0});
}

}  // namespace

TEST_CASE("argmax", "[ops]") {
  check_places("argmax", argmax, argmax, 1);
  REQUIRE_THROWS_WITH(argmax(zeros({0})), "argmax: x is [0], so there is no largest element along an axis of length 0");
}

TEST_CASE("argmin", "[ops]") {
  check_places("argmin", argmin, argmin, -1);
  REQUIRE_THROWS_WITH(argmin(zeros({2, 0}), 1),
                      "argmin: x is [2, 0], so there is no smallest element along an axis of length 0");
}
