#include <heed/train/chart.h>
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

TEST_CASE("svg_chart rejects series of different lengths, and draws empty, equal, huge and close ones", "[train]") {
  CHECK_THROWS_WITH(train::svg_chart("t", "x", {{"loss", {1, 2, 3}, {1, 2}}}),
                    "svg_chart: the curve loss has 3 x and 2 y, but their numbers must be equal");
  CHECK_THROWS_WITH(train::svg_chart("t", "x", {{"loss", {1}, {1, 2}}}),
                    "svg_chart: the curve loss has 1 x and 2 y, but their numbers must be equal");
  const double nan = NAN, infinity = std::numeric_limits<double>::infinity();
  for (const std::vector<train::Curve>& curves :
       std::vector<std::vector<train::Curve>>{{},
                                              {{"empty", {}, {}}},
                                              {{"one", {5}, {5}}},
                                              {{"equal", {1e17, 1e17}, {-1e300, -1e300}}},
                                              {{"huge", {-1.7e308, 1.7e308}, {-1.7e308, 1.7e308}}},
                                              {{"close", {1e16, 1e16 + 2}, {1, 1 + 1e-15}}},
                                              {{"tiny", {0, 5e-324}, {0, 1e-310}}},
                                              {{"not finite", {nan, infinity}, {1, 2}}}}) {
    const std::string svg = train::svg_chart("t", "x", curves);
    CHECK(svg.ends_with("</svg>\n"));
    CHECK(svg.size() < 10'000);
    CHECK(svg.find("nan") == std::string::npos);
    CHECK(svg.find("inf") == std::string::npos);
  }
}

TEST_CASE("durations", "[train]") {
  CHECK(train::format_duration(3.2) == "3 s");
  CHECK(train::format_duration(125) == "2:05");
  CHECK(train::format_duration(3723) == "1:02:03");
}
