#include <cmath>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

struct Moments {
  double mean = 0, deviation = 0, least = 1e9, most = -1e9;
  explicit Moments(const Tensor& x) {
    const auto values = to_array(x).values;
    for (const double value : values) {
      mean += value / static_cast<double>(values.size());
      least = std::min(least, value);
      most = std::max(most, value);
    }
    for (const double value : values) deviation += std::pow(value - mean, 2) / static_cast<double>(values.size());
    deviation = std::sqrt(deviation);
  }
};

using Draw = std::function<Tensor(const Shape&, DType)>;

void check_draws(const Draw& draw) {
  for (const DType dtype : {float32, float64}) {
    const auto with = [&](int threads) {
      const Threads use(threads);
      seed(7);
      return std::vector{draw({300, 701}, dtype), draw({300, 701}, dtype)};
    };
    const auto one = with(1), three = with(3);
    require_same_bits(one[0], three[0]);
    require_same_bits(one[1], three[1]);
    const auto first = to_array(one[0]).values, second = to_array(one[1]).values;
    REQUIRE(first != second);
    seed(7);  // the first numbers are the same for any shape
    const auto begin = to_array(draw({77}, dtype)).values;
    REQUIRE(std::equal(begin.begin(), begin.end(), first.begin()));
    seed(8);
    REQUIRE(to_array(draw({300, 701}, dtype)).values != first);
    REQUIRE(draw({0, 3}, dtype).shape() == Shape{0, 3});
    REQUIRE(draw({}, dtype).elements() == 1);
    REQUIRE(draw({2}, dtype).dtype() == dtype);
  }
}

}  // namespace

TEST_CASE("uniform", "[ops]") {
  check_draws([](const Shape& shape, DType dtype) { return uniform(shape, 0, 1, dtype); });
  check_draws([](const Shape& shape, DType dtype) { return uniform(shape, -1, 3, dtype); });
  for (const DType dtype : {float32, float64}) {
    seed(1);
    const Moments moments(uniform({400, 500}, -1, 3, dtype));
    REQUIRE(moments.mean == Approx(1).margin(0.015));
    REQUIRE(moments.deviation == Approx(4 / std::sqrt(12.0)).epsilon(0.01));
    REQUIRE(moments.least >= -1);
    REQUIRE(moments.least < -0.999);
    REQUIRE(moments.most <= 3);
    REQUIRE(moments.most > 2.999);
  }
  REQUIRE(uniform({3}, 2, 2).to_vector<float>() == std::vector<float>(3, 2));
  REQUIRE_THROWS_WITH(uniform({2}, 1, 0), "uniform: low is 1 and high is 0, but low must not be above high");
  REQUIRE_THROWS_WITH(uniform({2}, 0, 1, int64), "uniform: the tensor is int64, but it must be float32 or float64");
}

TEST_CASE("normal", "[ops]") {
  check_draws([](const Shape& shape, DType dtype) { return normal(shape, 0, 1, dtype); });
  for (const DType dtype : {float32, float64}) {
    seed(1);
    const Tensor x = normal({400, 500}, 2, 0.5, dtype);
    const Moments moments(x);
    REQUIRE(moments.mean == Approx(2).margin(0.005));
    REQUIRE(moments.deviation == Approx(0.5).epsilon(0.01));
    double within = 0;
    for (const double value : to_array(x).values) within += std::abs(value - 2) < 0.5;
    REQUIRE(within / 200000 == Approx(0.6827).margin(0.005));
  }
  REQUIRE(normal({3}, 4, 0).to_vector<float>() == std::vector<float>(3, 4));
  REQUIRE_THROWS_WITH(normal({2}, 0, -1), "normal: stddev is -1, but it must be finite and not negative");
  REQUIRE_THROWS_WITH(normal({2}, 0, 1, int64), "normal: the tensor is int64, but it must be float32 or float64");
}

TEST_CASE("truncated_normal", "[ops]") {
  check_draws([](const Shape& shape, DType dtype) { return truncated_normal(shape, 0, 1, -2, 2, dtype); });
  for (const DType dtype : {float32, float64}) {
    seed(1);
    const Moments moments(truncated_normal({400, 500}, 1, 2, -1, 2, dtype));  // from -1 to 1/2 standard deviations
    const auto density = [](double x) { return std::exp(-x * x / 2) / std::sqrt(2 * 3.14159265358979); };
    const double chance = (std::erf(0.5 / std::sqrt(2)) - std::erf(-1 / std::sqrt(2))) / 2;
    const double mean = (density(-1) - density(0.5)) / chance;
    const double variance = 1 + (-1 * density(-1) - 0.5 * density(0.5)) / chance - mean * mean;
    REQUIRE(moments.mean == Approx(1 + 2 * mean).margin(0.01));
    REQUIRE(moments.deviation == Approx(2 * std::sqrt(variance)).epsilon(0.01));
    REQUIRE(moments.least >= -1);
    REQUIRE(moments.least < -0.99);
    REQUIRE(moments.most <= 2);
    REQUIRE(moments.most > 1.99);
  }
  for (const double sign : {1.0, -1.0}) {  // far in both tails
    const Tensor far = truncated_normal({1000}, 0, 1, sign > 0 ? 20 : -21, sign > 0 ? 21 : -20, float64);
    const Moments moments(far);
    REQUIRE(moments.mean * sign == Approx(20.05).margin(0.01));  // like an exponential distribution of rate 20
    REQUIRE(moments.deviation == Approx(0.05).epsilon(0.15));
  }
  seed(1);  // with wide limits it is the normal distribution, by its quantiles
  const Tensor all = truncated_normal({1000}, 0, 1, -1e9, 1e9, float64);
  seed(1);
  const auto u = uniform({1000}, 0, 1, float64).to_vector<double>(), x = all.to_vector<double>();
  for (std::size_t i = 0; i < 1000; ++i) REQUIRE(std::erfc(-x[i] / std::sqrt(2)) / 2 == Approx(u[i]).epsilon(1e-12));
  REQUIRE_THROWS_WITH(truncated_normal({2}, 0, 0), "truncated_normal: stddev is 0, but it must be positive and finite");
  REQUIRE_THROWS_WITH(truncated_normal({2}, 0, 1, 1, 1),
                      "truncated_normal: low is 1 and high is 1, but low must be below high");
  REQUIRE_THROWS_WITH(truncated_normal({2}, 0, 1, 50, 51),
                      "truncated_normal: low is 50 and high is 51, but the probability of that range is 0");
}

TEST_CASE("exponential", "[ops]") {
  check_draws([](const Shape& shape, DType dtype) { return exponential(shape, 1, dtype); });
  seed(1);
  const Moments moments(exponential({400, 500}, 2));
  REQUIRE(moments.mean == Approx(0.5).epsilon(0.01));
  REQUIRE(moments.deviation == Approx(0.5).epsilon(0.02));
  REQUIRE(moments.least > 0);
  REQUIRE_THROWS_WITH(exponential({2}, 0), "exponential: the rate is 0, but it must be positive and finite");
  REQUIRE_THROWS_WITH(exponential({2}, 1, int64),
                      "exponential: the tensor is int64, but it must be float32 or float64");
}

TEST_CASE("gumbel", "[ops]") {
  check_draws([](const Shape& shape, DType dtype) { return gumbel(shape, dtype); });
  seed(1);
  const Moments moments(gumbel({400, 500}));
  REQUIRE(moments.mean == Approx(0.57721566).epsilon(0.01));  // Euler's constant
  REQUIRE(moments.deviation == Approx(3.14159265 / std::sqrt(6)).epsilon(0.01));
}

TEST_CASE("dropout", "[ops]") {
  check_op(
      {.op = [](auto& x) { return dropout(x[0], 0.3); },
       .linear = true,
       .shapes = {{{3, 33}}, {{7}}, {{}}, {{0, 4}}, {{2, 3, 5}}},
       .errors = {{[] { dropout(zeros({2}), 1); }, "dropout: p is 1, but it must be at least 0 and less than 1"},
                  {[] { dropout(zeros({2}), -0.1); }, "dropout: p is -0.1, but it must be at least 0 and less than 1"},
                  {[] { dropout(zeros({2}, int64), 0.5); },
                   "dropout: the tensor is int64, but it must be float32 or float64"}},
       .large = {{300, 701}}});
  const Tensor x = ones({400, 500}).require_grad();
  seed(3);
  const Tensor y = dropout(x, 0.25);
  int kept = 0;
  for (const float value : y.data<float>()) {
    kept += value != 0;
    if (value != 0) REQUIRE(value == Approx(1 / 0.75));
  }
  REQUIRE(kept / 200000.0 == Approx(0.75).margin(0.005));
  backward(sum(y));
  require_same_bits(x.grad(), y);
}

TEST_CASE("dropout takes a random stream only if it draws numbers", "[ops]") {
  const Tensor x = ones({2});
  seed(1);
  REQUIRE(dropout(x, 0.5, false).is(x));
  REQUIRE(dropout(x, 0).is(x));
  REQUIRE(next_random_stream().stream == 0);
  dropout(x, 0.5);
  REQUIRE(next_random_stream().stream == 2);
}

TEST_CASE("dropout stores no mask", "[ops]") {
  const Tensor x = ones({1000, 1000}).require_grad();
  const std::int64_t before = memory_report().in_use;
  const Tensor y = dropout(x, 0.5);
  REQUIRE(memory_report().in_use - before < 4'800'000);  // y, in its size class
}
