#include <heed/train/chart.h>
#include <heed/train/interrupt.h>
#include <heed/train/progress.h>

#include <cmath>
#include <csignal>

#include "catch.h"

using namespace heed;

TEST_CASE("an interrupt sets the guard's flag, and its destructor restores the handlers", "[train]") {
  {
    const train::InterruptGuard guard;
    CHECK_FALSE(guard.interrupted());
    std::raise(SIGINT);
    CHECK(guard.interrupted());
  }
  const train::InterruptGuard fresh;
  CHECK_FALSE(fresh.interrupted());
  struct sigaction now = {};
  sigaction(SIGINT, nullptr, &now);
  CHECK(now.sa_handler != SIG_DFL);
}

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
