// Random numbers are in the requested range, even after rounding; invalid bounds are errors.
#include <heed/heed.h>

#include <cmath>
#include <limits>

#include "catch.h"

using namespace heed;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity(),
                 not_a_number = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("uniform numbers are never the upper bound", "[random]") {
  seed(1);
  const auto check = [](std::int64_t count, double low, double high, DType dtype) {
    const Tensor x = cast(uniform({count}, low, high, dtype), float64);
    CAPTURE(low, high, name(dtype));
    CHECK(min(x).item() >= low);
    CHECK(max(x).item() < high);
  };
  check(1 << 20, 1000, 1001, float32);
  check(1 << 16, 1e6, 1e6 + 1, float32);
  check(1 << 14, 16777216, 16777220, float32);
  check(1 << 14, -3e38, 3e38, float32);
  check(1 << 14, -1.7e308, 1.7e308, float64);
  check(1 << 14, 0x1p53, 0x1p53 + 4, float64);
  check(1 << 14, 0.7, 0.7000003, float32);
  check(1 << 14, -1e-45, 1, float32);
  check(1 << 16, 0, 1, float32);
  const auto halves = uniform({1 << 14}, -3e38, 3e38);
  CHECK(std::abs(mean(cast(halves, float64)).item()) < 1e37);
  CHECK(uniform({4}, 2, 2).to_vector<float>() == std::vector<float>(4, 2));
  CHECK_THROWS_AS(uniform({1}, 2, 1), Error);
  for (const double bad : {not_a_number, infinity, -infinity}) {
    CHECK_THROWS_AS(uniform({1}, bad, 1), Error);
    CHECK_THROWS_AS(uniform({1}, 0, bad), Error);
    CHECK_THROWS_AS(uniform({1}, bad, bad), Error);
  }
  CHECK_THROWS_AS(uniform({1}, 0, 1e300), Error);
}

TEST_CASE("truncated, exponential and Gumbel numbers stay in their range", "[random]") {
  seed(2);
  for (const DType dtype : {float32, float64}) {
    const Tensor narrow = cast(truncated_normal({1 << 14}, 0, 1, 0.1, 0.1000001, dtype), float64);
    CHECK(min(narrow).item() >= 0.1);
    CHECK(max(narrow).item() <= 0.1000001);
    for (const double rate : {1.0, 1e-36, 1e36}) {
      const Tensor waits = exponential({1 << 14}, rate, dtype);
      CHECK(all(isfinite(waits)).item<bool>());
      CHECK(min(waits).item() > 0);
    }
    CHECK(all(isfinite(gumbel({1 << 14}, dtype))).item<bool>());
  }
  CHECK_THROWS_AS(exponential({1}, 1e-40), Error);
  CHECK_THROWS_AS(exponential({1}, infinity), Error);
  CHECK_THROWS_AS(exponential({1}, not_a_number), Error);
  for (const double bad : {-1.0, not_a_number, infinity}) CHECK_THROWS_AS(normal({1}, 0, bad), Error);
  for (const double bad : {not_a_number, infinity}) CHECK_THROWS_AS(normal({1}, bad, 1), Error);
  for (const double bad : {0.0, -1.0, not_a_number, infinity}) CHECK_THROWS_AS(truncated_normal({1}, 0, bad), Error);
  CHECK_THROWS_AS(truncated_normal({1}, 0, 1, not_a_number, 1), Error);
  CHECK_THROWS_AS(truncated_normal({1}, 0, 1, 1, 1), Error);
}

TEST_CASE("random integers of a large range are uniform", "[random]") {
  seed(3);
  using Limits = std::numeric_limits<std::int64_t>;
  // Of 3 * 2^62 numbers, those of the first third would be twice as likely without rejection.
  const std::int64_t third = std::int64_t{1} << 62, low = -2 * third;
  const Tensor x = randint(low, third, {30000});
  std::int64_t counts[3] = {};
  for (const std::int64_t one : x.to_vector<std::int64_t>()) {
    REQUIRE(one < third);
    ++counts[one < -third ? 0 : one < 0 ? 1 : 2];
  }
  for (const std::int64_t count : counts) CHECK(std::abs(count - 10000) < 400);
  std::int64_t finest[3] = {};  // of adjacent numbers
  for (const std::int64_t one : x.to_vector<std::int64_t>())
    ++finest[(static_cast<std::uint64_t>(one) - static_cast<std::uint64_t>(low)) % 3];
  for (const std::int64_t count : finest) CHECK(std::abs(count - 10000) < 400);
  const auto all = randint(Limits::min(), Limits::max(), {1000}).to_vector<std::int64_t>();
  CHECK(std::abs(std::count_if(all.begin(), all.end(), [](std::int64_t one) { return one < 0; }) - 500) < 80);
  CHECK_THROWS_AS(randint(3, 3, {1}), Error);
}

TEST_CASE("classes without a weight are never drawn, even if other weights overflow or underflow", "[random]") {
  seed(4);
  const Tensor tiny = tensor({0.0, 5e-324, 0.0, 5e-324, 0.0});
  for (const std::int64_t drawn : multinomial(tiny, 2).to_vector<std::int64_t>()) CHECK((drawn == 1 || drawn == 3));
  const Tensor huge = tensor({1e308, 1e308, 0.0, 1e308});
  std::int64_t counts[4] = {};
  for (const std::int64_t drawn : multinomial(huge, 3000, true).to_vector<std::int64_t>()) ++counts[drawn];
  CHECK(counts[2] == 0);
  for (const int i : {0, 1, 3}) CHECK(std::abs(counts[i] - 1000) < 150);
  const double none = -infinity;
  for (const std::int64_t drawn : categorical(tensor({none, 0.0, none}), 1000).to_vector<std::int64_t>())
    REQUIRE(drawn == 1);
  for (const double bad : {-0.1, 1.1, not_a_number, infinity}) {
    CHECK_THROWS_AS(bernoulli({1}, bad), Error);
    CHECK_THROWS_AS(bernoulli(tensor({bad})), Error);
  }
  for (const double bad : {-0.1, 1.0, not_a_number}) {
    CHECK_THROWS_AS(dropout(ones({2}), bad), Error);
    CHECK_THROWS_AS(nn::Dropout{.probability = static_cast<float>(bad)}(ones({2})), Error);
    CHECK_THROWS_AS(nn::StochasticDepth{.probability = static_cast<float>(bad)}(ones({2, 3}), Sequences{2}), Error);
  }
}

TEST_CASE("empty tensors are split as in PyTorch", "[shape]") {
  for (const int axis : {0, 1}) {
    const Tensor x = zeros(axis == 0 ? Shape{0, 3} : Shape{3, 0});
    const auto pieces = chunk(x, 4, axis);
    REQUIRE(pieces.size() == 4);
    for (const Tensor& piece : pieces) CHECK(piece.shape() == x.shape());
    CHECK(split(x, 2, axis).size() == 1);
    CHECK(split(x, 0, axis).size() == 1);
    CHECK(split(x, std::vector<std::int64_t>{0, 0}, axis).size() == 2);
  }
  CHECK_THROWS_AS(chunk(zeros({0}), 0), Error);
  CHECK_THROWS_AS(split(zeros({3}), 0), Error);
  CHECK(chunk(zeros({3}), std::numeric_limits<std::int64_t>::max()).size() == 3);
}
