#include <heed/heed.h>

#include <algorithm>

#include "catch.h"

using namespace heed;
using Catch::Matchers::Contains;
using Catch::Matchers::Message;

namespace {

OpUsage use_of(LiveGraph& graph, const std::string& op) {
  for (const OpUsage& use : graph.usage())
    if (use.op == op) return use;
  return {.op = op};
}

}  // namespace

TEST_CASE("LiveGraph counts nodes and bytes by op", "[diagnostics]") {
  const Tensor x = ones({1000}).require_grad();
  Tensor kept;
  LiveGraph graph;
  {
    const Tensor h = exp(x), y = sum(h * h);
    CHECK(use_of(graph, "exp").nodes == 1);
    CHECK(use_of(graph, "exp").bytes == 4000);
    CHECK(use_of(graph, "multiply").nodes == 1);
    CHECK(use_of(graph, "multiply").bytes == 0);  // the gradient of sum does not need it
    CHECK(use_of(graph, "sum").nodes == 1);
    CHECK(graph.usage()[0].bytes == 4000);
    CHECK_THAT(graph.text(), Contains("exp") && Contains("4000"));
    const Tensor view = reshape(h, {10, 100});
    CHECK(use_of(graph, "reshape").nodes == 1);
    CHECK(use_of(graph, "reshape").bytes == 0);
    kept = h.detach();
  }
  CHECK(use_of(graph, "exp").nodes == 0);
  CHECK(use_of(graph, "exp").bytes == 4000);
  kept = {};
  CHECK(graph.usage().empty());
  const Tensor y = exp(x);  // outlives the inner LiveGraph
  {
    LiveGraph inner;
    kept = exp(x);
    CHECK(use_of(inner, "exp").bytes == 4000);
  }
  CHECK(use_of(graph, "exp").nodes == 2);
}
