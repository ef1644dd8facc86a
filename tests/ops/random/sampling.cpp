#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "catch.h"
#include "ops/table.h"

using namespace heed;
using namespace table;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Checks for the same bits with 1 and 3 threads, and different numbers in a second call and after another seed.
void check_choices(const std::function<Tensor()>& choose) {
  const auto with = [&](int threads, std::uint64_t value) {
    const Threads use(threads);
    seed(value);
    return std::vector{choose(), choose()};
  };
  const auto one = with(1, 7), three = with(3, 7), other = with(3, 8);
  const auto same = [](const Tensor& a, const Tensor& b) { return to_array(a).values == to_array(b).values; };
  require_same_bits(one[0], three[0]);
  require_same_bits(one[1], three[1]);
  REQUIRE_FALSE(same(one[0], one[1]));
  REQUIRE_FALSE(same(one[0], other[0]));
}

/// Relative frequency of each class.
std::vector<double> shares(const Tensor& drawn, std::size_t classes) {
  std::vector<double> share(classes);
  for (const std::int64_t c : drawn.to_vector<std::int64_t>())
    share[static_cast<std::size_t>(c)] += 1 / static_cast<double>(drawn.elements());
  return share;
}

}  // namespace

TEST_CASE("bernoulli", "[ops]") {
  check_choices([] { return bernoulli({300, 301}, 0.3); });
  check_choices([] { return bernoulli(full({300, 301}, 0.3)); });
  seed(1);
  const Tensor y = bernoulli({400, 500}, 0.3);
  REQUIRE(mean(y).item() == Approx(0.3).margin(0.005));
  for (const float value : y.data<float>()) REQUIRE((value == 0 || value == 1));
  seed(1);
  require_same_bits(bernoulli(full({400, 500}, 0.3, float64)), cast(y, float64));
  const Tensor chances = tensor({0.0, 1.0, 0.0, 1.0}, {2, 2});
  require_same_bits(bernoulli(transpose(chances)), transpose(chances));
  REQUIRE(bernoulli({2}, 1, boolean).to_vector<bool>() == std::vector<bool>{true, true});
  REQUIRE(bernoulli({0, 2}, 0.5).elements() == 0);
  REQUIRE_THROWS_WITH(bernoulli({2}, 1.5), "bernoulli: the probability is 1.5, but it must be between 0 and 1");
  REQUIRE_THROWS_WITH(bernoulli(tensor({0.5, -1.0})),
                      "bernoulli: the probability is -1, but it must be between 0 and 1");
  REQUIRE_THROWS_WITH(bernoulli(zeros({2}, int64)),
                      "bernoulli: the tensor is int64, but it must be float32 or float64");
}

TEST_CASE("categorical", "[ops]") {
  check_choices([] { return categorical(zeros({300, 7}), 5); });
  const std::vector<double> logits = {0, 1, -infinity, 2, 0.5};
  double total = 0;
  for (const double x : logits) total += std::exp(x);
  for (const DType dtype : {float32, float64}) {
    seed(1);
    const Tensor drawn = categorical(cast(tensor(logits), dtype), 100'000);
    REQUIRE(drawn.shape() == Shape{100'000});
    const auto share = shares(drawn, 5);
    for (std::size_t c = 0; c < 5; ++c) REQUIRE(share[c] == Approx(std::exp(logits[c]) / total).margin(0.005));
    REQUIRE(share[2] == 0);
  }
  const Tensor sure = tensor({-1000.0, 1000.0, 0.0, 2000.0, 0.0, 0.0}, {2, 3});
  REQUIRE(categorical(sure, 2).to_vector<std::int64_t>() == std::vector<std::int64_t>{1, 1, 0, 0});
  REQUIRE(categorical(zeros({2, 3, 4})).shape() == Shape{2, 3, 1});
  REQUIRE(categorical(zeros({0, 4}), 3).shape() == Shape{0, 3});
  REQUIRE_THROWS_WITH(categorical(tensor({0.0, infinity})), "categorical: class 1 of row 0 has the logit inf");
  REQUIRE_THROWS_WITH(categorical(full({1, 2}, -infinity)),
                      "categorical: 0 classes of row 0 can be drawn, but at least 1 must be");
  REQUIRE_THROWS_WITH(categorical(zeros({2, 0})),
                      "categorical: 0 classes of row 0 can be drawn, but at least 1 must be");
  REQUIRE_THROWS_WITH(categorical(scalar(1.0)), "categorical: the tensor is [], but it must have an axis of classes");
  REQUIRE_THROWS_WITH(categorical(zeros({2}), -1),
                      "categorical: the number of samples is -1, but it must not be negative");
  REQUIRE_THROWS_WITH(categorical(zeros({2}, int64)),
                      "categorical: the tensor is int64, but it must be float32 or float64");
}

TEST_CASE("multinomial", "[ops]") {
  check_choices([] { return multinomial(ones({300, 7}), 5, true); });
  check_choices([] { return multinomial(ones({300, 7}), 5); });
  const Tensor weights = tensor({1.0, 0.0, 3.0, 4.0});
  seed(1);
  const auto share = shares(multinomial(weights, 100'000, true), 4);
  for (std::size_t c = 0; c < 4; ++c)
    REQUIRE(share[c] == Approx(to_array(weights)[static_cast<std::int64_t>(c)] / 8).margin(0.005));

  // Without replacement: each class once; the first as with replacement, the second in proportion to the remaining
  // weights.
  const std::int64_t rows = 100'000;
  const Tensor drawn = multinomial(broadcast_to(weights, {rows, 4}), 3);
  const auto all = drawn.to_vector<std::int64_t>();
  double first_is_3 = 0, second_is_2_after_3 = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    const auto of_row = all.begin() + 3 * r;
    REQUIRE(std::set<std::int64_t>(of_row, of_row + 3) == std::set<std::int64_t>{0, 2, 3});
    first_is_3 += of_row[0] == 3;
    second_is_2_after_3 += of_row[0] == 3 && of_row[1] == 2;
  }
  REQUIRE(first_is_3 / static_cast<double>(rows) == Approx(0.5).margin(0.005));
  REQUIRE(second_is_2_after_3 / first_is_3 == Approx(0.75).margin(0.01));
  REQUIRE(multinomial(weights, 0).shape() == Shape{0});
  REQUIRE_THROWS_WITH(multinomial(weights, 4), "multinomial: 3 classes of row 0 can be drawn, but at least 4 must be");
  REQUIRE_THROWS_WITH(multinomial(tensor({1.0, -2.0}), 1), "multinomial: class 1 of row 0 has the weight -2");
}

TEST_CASE("permutation", "[ops]") {
  check_choices([] { return permutation(1000); });
  seed(1);
  for (const std::int64_t n : {0, 1, 2, 1000}) {
    auto order = permutation(n).to_vector<std::int64_t>();
    std::sort(order.begin(), order.end());
    REQUIRE(order == arange(n).to_vector<std::int64_t>());
  }
  std::vector<double> seen(6);  // all permutations of three are equally likely
  for (int i = 0; i < 6000; ++i) {
    const auto order = permutation(3).to_vector<std::int64_t>();
    seen[static_cast<std::size_t>(2 * order[0] + (order[1] > order[2]))] += 1.0 / 6000;
  }
  for (const double share : seen) REQUIRE(share == Approx(1.0 / 6).margin(0.02));
  REQUIRE_THROWS_WITH(permutation(-1), "permutation: n is -1, but it must not be negative");
}

TEST_CASE("randint", "[ops]") {
  check_choices([] { return randint(-3, 1000, {300, 301}); });
  seed(1);
  const Tensor drawn = randint(-2, 3, {100'000});
  const auto share = shares(drawn + 2, 5);
  for (const double s : share) REQUIRE(s == Approx(0.2).margin(0.005));
  seed(1);
  REQUIRE(to_array(randint(-2, 3, {100'000}, int32)).values == to_array(drawn).values);
  using Limits = std::numeric_limits<std::int64_t>;
  double negative = 0;
  for (const std::int64_t value : randint(Limits::min(), Limits::max(), {10'000}).to_vector<std::int64_t>())
    negative += value < 0;
  REQUIRE(negative / 10'000 == Approx(0.5).margin(0.02));
  REQUIRE(randint(5, 6, {3}).to_vector<std::int64_t>() == std::vector<std::int64_t>{5, 5, 5});
  REQUIRE_THROWS_WITH(randint(2, 2, {3}), "randint: low is 2 and high is 2, but low must be below high");
  REQUIRE_THROWS_WITH(randint(0, std::int64_t{1} << 32, {3}, int32),
                      "randint: low is 0 and high is 4294967296, which do not fit int32");
  REQUIRE_THROWS_WITH(randint(0, 2, {3}, float32), "randint: the tensor is float32, but it must be int64 or int32");
}
