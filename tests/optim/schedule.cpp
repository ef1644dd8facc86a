#include <heed/optim/schedule.h>

#include <cmath>
#include <limits>

#include "catch.h"

using namespace heed;

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
