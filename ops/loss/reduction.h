// Reduction of losses over elements or rows.
#pragma once

#include "../reduce/reduce.h"

namespace heed {

/// Reduction of losses: their mean, their sum, or none.
enum class Reduction { mean, sum, none };

/// Returns the mean or the sum of the losses, or the losses themselves.
inline Tensor reduced(const Tensor& losses, Reduction reduction) {
  switch (reduction) {
    case Reduction::mean:
      return mean(losses);
    case Reduction::sum:
      return sum(losses);
    case Reduction::none:
      break;
  }
  return losses;
}

}  // namespace heed
