#include <cmath>
#include <numbers>

#include "catch.h"
#include "ops/elementwise_rows.h"

using namespace heed;
using namespace table;

TEST_CASE("erf", "[ops]") {
  check_op(floating_row_of("erf", erf, [](double x) { return std::erf(x); }));
}

TEST_CASE("erfc", "[ops]") {
  check_op(floating_row_of("erfc", erfc, [](double x) { return std::erfc(x); }));
  REQUIRE(at(erfc, 20) / std::erfc(20.0) == Approx(1).epsilon(1e-12));
}

TEST_CASE("tanh has derivatives of every order, and leaks no node", "[ops]") {
  const std::int64_t before = live_nodes();
  {
    const Tensor x = tensor({0.3, -0.8}).require_grad();
    std::vector<Tensor> derivatives = {tanh(x)};
    for (int order = 1; order <= 4; ++order)
      derivatives.push_back(grad(sum(derivatives.back()), x, {.create_graph = true}));
    for (int i = 0; i < 2; ++i) {
      const double t = std::tanh(x.to_vector<double>()[static_cast<std::size_t>(i)]), s = 1 - t * t;
      const double formula[] = {t, s, -2 * t * s, s * (6 * t * t - 2), 8 * t * s * (2 - 3 * t * t)};
      for (std::size_t order = 0; order <= 4; ++order)
        REQUIRE(derivatives[order].to_vector<double>()[static_cast<std::size_t>(i)] == Approx(formula[order]));
    }
  }
  REQUIRE(live_nodes() == before);
}
