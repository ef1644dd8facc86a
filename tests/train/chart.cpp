#include <heed/train/chart.h>
#include <heed/train/interrupt.h>
#include <heed/train/progress.h>

#include <cmath>
#include <limits>

#include "catch.h"

using namespace heed;

TEST_CASE("a chart skips points that are not finite", "[train]") {
  const std::string svg = train::svg_chart("loss < 1", "step", {{"a&b", {0, 1, 2}, {1, NAN, 3}}, {"none", {}, {}}});
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(svg.find("loss &lt; 1") != std::string::npos);
  CHECK(svg.find("a&amp;b") != std::string::npos);
  CHECK(svg.find("points=\"64.0,352.0 696.0,40.0 \"") != std::string::npos);
  CHECK(train::svg_chart("empty", "x", {}).find("</svg>") != std::string::npos);
  // More curves than colours: line styles differ, and the names to the right of the plot include them.
  CHECK(svg.find("dash") == std::string::npos);
  const std::string many = train::svg_chart("many", "x", std::vector<train::Curve>(13, {"curve", {0, 1}, {0, 1}}));
  CHECK(many.find("stroke-dasharray=\"6 3\"") != std::string::npos);
  CHECK(many.find(">curve (dashed)<") != std::string::npos);
  CHECK(many.find(">curve (dotted)<") != std::string::npos);
  CHECK(many.find("points=\"64.0,352.0 480.0,40.0 \"") != std::string::npos);
}

TEST_CASE("points are added to a curve", "[train]") {
  train::Curve curve{.name = "loss", .x = {}, .y = {}};
  curve.add(1, 5);
  curve.add(2, 3);
  CHECK(curve.x == std::vector<double>{1, 2});
  CHECK(curve.y == std::vector<double>{5, 3});
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
