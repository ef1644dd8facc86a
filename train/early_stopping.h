#pragma once

#include <cstdint>
#include <limits>

#include "../graph/fail.h"

namespace heed::train {

/// Says when a validation loss has stopped falling: after `patience` looks without one that is less than the best by
/// more than `least`. Prechelt 1998, "Early stopping - but when?". A plain struct: its fields are its state.
struct EarlyStopping {
  std::int64_t patience = 5;
  double least = 0;
  double best = std::numeric_limits<double>::infinity();
  std::int64_t looks_since_best = 0;

  /// Notes a loss; whether it is the best so far. A loss that is not a number is never the best.
  bool improves(double loss) {
    if (!(least >= 0)) fail("EarlyStopping: least is {}, but it must be at least 0", least);
    if (loss < best - least) {
      best = loss;
      looks_since_best = 0;
      return true;
    }
    ++looks_since_best;
    return false;
  }
  bool stops() const { return looks_since_best >= patience; }
};

}  // namespace heed::train
