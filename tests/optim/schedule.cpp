#include <heed/optim/schedule.h>

#include <heed/heed.h>
#include <cmath>
#include <limits>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Message;

TEST_CASE("the inverse square root schedule", "[optim]") {
  const auto rate = optim::inverse_square_root(0.5, 4);
  CHECK(rate(0) == 0.125);
  CHECK(rate(3) == 0.5);
  CHECK(rate(15) == 0.25);
  CHECK(optim::inverse_square_root(1, 0)(0) == 1);
  CHECK(optim::inverse_square_root(1, 1)(std::numeric_limits<std::int64_t>::max()) == std::sqrt(0x1p-63));
  // width^-0.5 * min(t^-0.5, t * warmup^-1.5)
  const auto paper = optim::noam(512, 4000);
  for (const std::int64_t step : {0, 100, 3999, 4000, 100000}) {
    const auto t = static_cast<double>(step + 1);
    const double expected = std::pow(512, -0.5) * std::min(std::pow(t, -0.5), t * std::pow(4000, -1.5));
    CHECK(std::abs(paper(step) - expected) < 1e-15);
  }
}

TEST_CASE("linear and cosine schedules", "[optim]") {
  const auto linear = optim::warmup_linear(1.0, 4, 12);
  CHECK(linear(0) == 0.25);
  CHECK(linear(3) == 1);
  CHECK(linear(4) == 1);
  CHECK(linear(8) == 0.5);
  CHECK(linear(12) == 0);
  CHECK(linear(20) == 0);
  const auto cosine = optim::warmup_cosine(1.0, 2, 10, 0.1);
  CHECK(cosine(0) == 0.5);
  CHECK(cosine(2) == 1);
  CHECK(cosine(6) == Approx(0.55));
  CHECK(cosine(10) == Approx(0.1));
  CHECK(cosine(30) == Approx(0.1));
  CHECK(optim::warmup_linear(1.0, 0, 10)(0) == 1);
}
