#include <heed/graph/executor.h>
#include <heed/train/bootstrap.h>

#include "catch.h"

using namespace heed;

TEST_CASE("a bootstrap interval contains the mean with its confidence", "[train]") {
  int contains = 0;
  for (std::uint64_t set = 0; set < 200; ++set) {
    std::vector<double> values(60);
    text::Draws draws{99, 0, set};
    for (double& value : values) value = draws.uniform();
    const auto mean = [&](std::span<const std::size_t> which) {
      double sum = 0;
      for (const std::size_t item : which) sum += values[item];
      return sum / static_cast<double>(which.size());
    };
    const train::Estimate estimate = train::bootstrap(60, mean, {.samples = 200, .confidence = 0.9});
    CHECK(estimate.low <= estimate.value);
    CHECK(estimate.value <= estimate.high);
    contains += estimate.low <= 0.5 && 0.5 <= estimate.high;
    if (set > 0) continue;
    for (const int n : {1, 3}) {
      set_threads(n);
      const train::Estimate again = train::bootstrap(60, mean, {.samples = 200, .confidence = 0.9});
      CHECK(again.low == estimate.low);
      CHECK(again.high == estimate.high);
    }
  }
  CHECK(contains > 165);
  CHECK(contains < 195);
}
