#include <heed/train/early_stopping.h>

#include <cmath>

#include "catch.h"

using namespace heed;

TEST_CASE("early stopping", "[train]") {
  train::EarlyStopping stopping{.patience = 2, .min_delta = 0.1};
  CHECK(stopping.improves(5));
  CHECK_FALSE(stopping.improves(4.95));
  CHECK_FALSE(stopping.should_stop());
  CHECK(stopping.improves(4));
  CHECK_FALSE(stopping.improves(std::nan("")));
  CHECK_FALSE(stopping.improves(4.5));
  CHECK(stopping.should_stop());
  CHECK(stopping.best == 4);
}
