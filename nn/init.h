// How weights begin.
#pragma once

#include "../ops/random.h"

namespace heed::nn {

/// Uniform in (-1 / sqrt(in), 1 / sqrt(in)), where `in` is the number of inputs of each unit: what PyTorch's Linear
/// has, after LeCun et al. 1998, "Efficient backprop", section 4.6.
Tensor uniform_by_inputs(const Shape& shape, Size in);

}  // namespace heed::nn
