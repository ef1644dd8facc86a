#include <heed/train/progress.h>

#include <heed/train/interrupt.h>
#include <cmath>
#include <limits>

#include "catch.h"

using namespace heed;

TEST_CASE("Progress accepts zero steps, and more steps than announced", "[train]") {
  train::Progress none("none", 0);
  CHECK(none.will_show());
  none.step("one");
  none.step("another");
  CHECK(std::isfinite(none.rate()));
  train::Progress few("few", 2);
  for (int i = 0; i < 5; ++i) few.step("");
  train::Progress many("many", std::numeric_limits<std::int64_t>::max());
  for (int i = 0; i < 5; ++i) many.step("");
  CHECK_FALSE(many.will_show());
  CHECK_THROWS_WITH(train::Progress("t", -1), "Progress: the number of steps is -1, but it must not be negative");
  CHECK_THROWS_WITH(train::Progress("t", 1, NAN),
                    "Progress: the work of a step is nan, but it must be a finite number");
  CHECK(train::format_duration(-1) == "0 s");
  CHECK(train::format_duration(NAN) == "0 s");
  CHECK(train::format_duration(1e300) == "forever");
  CHECK(train::format_duration(3723) == "1:02:03");
}

TEST_CASE("durations", "[train]") {
  CHECK(train::format_duration(3.2) == "3 s");
  CHECK(train::format_duration(125) == "2:05");
  CHECK(train::format_duration(3723) == "1:02:03");
}
