// Early stopping.
#pragma once

#include <cstdint>
#include <limits>

namespace heed::train {

/// Early stopping: stops after `patience` evaluations without a validation loss that is less than the best by more than
/// `min_delta`. Throws Error unless patience is at least 1 and `min_delta` finite and not negative. Prechelt 1998,
/// "Early stopping - but when?". A plain struct: its fields are its state.
struct EarlyStopping {
  std::int64_t patience = 5;
  double min_delta = 0;
  double best = std::numeric_limits<double>::infinity();
  /// Number of losses recorded since the best one.
  std::int64_t checks_since_best = 0;

  /// Records a loss and returns true if it is the best so far. NaN is never the best.
  bool improves(double loss);
  /// Returns true if training should stop.
  bool should_stop() const;
};

}  // namespace heed::train
