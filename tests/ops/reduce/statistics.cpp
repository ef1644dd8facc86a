#include "catch.h"
#include "ops/elementwise_rows.h"
#include "ops/index/fold.h"

using namespace heed;
using namespace table;

namespace {

double variance_of(const std::vector<double>& x, double correction) {
  double mean = 0, sum = 0;
  for (const double value : x) mean += value / static_cast<double>(x.size());
  for (const double value : x) sum += (value - mean) * (value - mean);
  return sum / std::max(static_cast<double>(x.size()) - correction, 0.0);
}

double norm_of(const std::vector<double>& x, double p) {
  double most = 0, least = infinity, sum = 0;
  for (const double value : x) {
    most = std::max(most, std::abs(value));
    least = std::min(least, std::abs(value));
    sum += p == 0 ? double(value != 0) : std::pow(std::abs(value), p);
  }
  return p == infinity ? most : p == -infinity ? least : p == 0 ? sum : std::pow(sum, 1 / p);
}

}  // namespace

TEST_CASE("variance", "[ops]") {
  for (const auto& [axes, keep, bits] : over_three)
    check_op(
        {.op = [&](auto& x) { return variance(x[0], axes, keep, 0.5); },
         .reference = over_axes(bits, keep, [](auto& x) { return variance_of(x, 0.5); }),
         .shapes = three_axes,
         .errors = {{[] { variance(zeros({2, 3}), {2}); }, "variance: axis 2 was given, but x is [2, 3]"},
                    {[] { variance(arange(2)); }, "variance: the tensor is int64, but it must be float32 or float64"}},
         .large = {{41, 70, 31}}});
  REQUIRE(variance(tensor({1.0, 2.0, 4.0})).item() == Approx(7.0 / 3));
  REQUIRE(std::isnan(variance(tensor({1.0})).item()));
  REQUIRE(variance(tensor({1.0}), {}, false, 0).item() == 0);
  REQUIRE(variance(tensor({1e8, 1e8 + 2})).item() == 2);
}

TEST_CASE("standard_deviation", "[ops]") {
  for (const auto& [axes, keep, bits] : {over_three[0], over_three[3], over_three[6]})
    check_op({.op = [&](auto& x) { return standard_deviation(x[0], axes, keep); },
              .reference = over_axes(bits, keep, [](auto& x) { return std::sqrt(variance_of(x, 1)); }),
              .shapes = {{{3, 7, 2}}, {{2, 3, 2}}},
              .errors = {{[] { standard_deviation(arange(2)); },
                          "standard_deviation: the tensor is int64, but it must be float32 or float64"}},
              .repeatable = false,
              .large = {{41, 70, 31}}});
  const Tensor x = tensor({2.0, 2.0}).require_grad();
  backward(standard_deviation(x));
  REQUIRE(x.grad().to_vector<double>() == std::vector{0.0, 0.0});
}

TEST_CASE("norm", "[ops]") {
  for (const double p : {2.0, 1.0, 3.0, 1.5, 0.5, infinity, -infinity}) {
    INFO("p = " << p);
    for (const auto& [axes, keep, bits] : {over_three[0], over_three[4], over_three[6]})
      check_op(
          {.op = [&](auto& x) { return norm(x[0], p, axes, keep); },
           .reference = over_axes(bits, keep, [=](auto& x) { return norm_of(x, p); }),
           .shapes = {{{3, 5, 2}}, {{1, 1, 1}}},
           .errors = {{[] { norm(arange(2)); }, "norm: the tensor is int64, but it must be float32 or float64"},
                      {[] { norm(zeros({2}), not_a_number); }, "norm: p is NaN, but it must be a number or infinite"}},
           .low = 0.2,
           .float32_tolerance = 4e-6,
           .repeatable = std::isfinite(p)});
    if (p < 0) continue;
    const Tensor x = zeros({3}, float64).require_grad();
    backward(norm(x, p));
    for (const double slope : x.grad().to_vector<double>()) REQUIRE(slope == 0);
  }
  REQUIRE(norm(tensor({0.0, -3.0, 4.0})).item() == 5);
  REQUIRE(norm(tensor({0.0, -3.0, 4.0}), 0).item() == 2);
  REQUIRE(norm(zeros({0})).item() == 0);
  REQUIRE(norm(zeros({2, 0}), 1, {1}).shape() == Shape{2});
  REQUIRE(std::isnan(norm(tensor({1.0, not_a_number})).item()));
}
