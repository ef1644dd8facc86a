// What becomes of the losses of many elements or rows.
#pragma once

#include "reduce.h"

namespace heed {

enum class Reduction { mean, sum, none };

/// The losses' mean, their sum, or all of them.
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
