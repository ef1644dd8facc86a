#include <heed/train/perplexity.h>

#include <cmath>

#include "catch.h"

using namespace heed;

namespace {

bool close(double a, double b) { return std::abs(a - b) < 1e-12; }

}  // namespace

TEST_CASE("perplexity", "[train]") {
  train::Perplexity perplexity;
  CHECK(perplexity.loss() == 0);
  perplexity.add(std::log(4.0), 3);
  perplexity.add(std::log(16.0), 1);
  CHECK(close(perplexity.loss(), 5 * std::log(2.0) / 2));
  CHECK(close(perplexity.perplexity(), std::pow(2, 2.5)));
  CHECK(close(perplexity.bits_per(20), 0.5));
}
