#include "early_stopping.h"

#include <cmath>

#include "../graph/fail.h"

namespace heed::train {
namespace {

void check(const EarlyStopping& stopping) {
  if (stopping.patience < 1) fail("EarlyStopping: patience is {}, but it must be at least 1", stopping.patience);
  if (!(stopping.min_delta >= 0 && std::isfinite(stopping.min_delta)))
    fail("EarlyStopping: min_delta is {}, but it must be finite and not negative", stopping.min_delta);
  if (std::isnan(stopping.best))
    fail("EarlyStopping: best is NaN, but it must be a loss, or infinity before the first");
}

}  // namespace

bool EarlyStopping::improves(double loss) {
  check(*this);
  if (loss < best - min_delta) {
    best = loss;
    checks_since_best = 0;
    return true;
  }
  ++checks_since_best;
  return false;
}

bool EarlyStopping::should_stop() const {
  check(*this);
  return checks_since_best >= patience;
}

}  // namespace heed::train
