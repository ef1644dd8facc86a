#include "early_stopping.h"

#include <cmath>

#include "../graph/fail.h"

namespace heed::train {
namespace {

void check(const EarlyStopping& stopping) {
  if (stopping.patience < 1) fail("EarlyStopping: patience is {}, but it must be at least 1", stopping.patience);
  if (!(stopping.least >= 0 && std::isfinite(stopping.least)))
    fail("EarlyStopping: least is {}, but it must be finite and not negative", stopping.least);
  if (std::isnan(stopping.best))
    fail("EarlyStopping: best is NaN, but it must be a loss, or infinity before the first");
}

}  // namespace

bool EarlyStopping::improves(double loss) {
  check(*this);
  if (loss < best - least) {
    best = loss;
    looks_since_best = 0;
    return true;
  }
  ++looks_since_best;
  return false;
}

bool EarlyStopping::stops() const {
  check(*this);
  return looks_since_best >= patience;
}

}  // namespace heed::train
