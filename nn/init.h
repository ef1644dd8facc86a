// How weights begin.
#pragma once

#include "../ops/random.h"
#include "fields.h"

namespace heed::nn {

/// Uniform in (-1 / sqrt(in), 1 / sqrt(in)), where `in` is the number of inputs of each unit: what PyTorch's Linear
/// has, after LeCun et al. 1998, "Efficient backprop", section 4.6.
Tensor uniform_by_inputs(const Shape& shape, Size in);

/// Begins a model anew as BERT does (arXiv:1810.04805): every parameter with two axes or more is normal with this
/// deviation, every bias 0; norms stay. Draws from this thread's random numbers.
void begin_normal(AnyLayer model, float deviation = 0.02f);

}  // namespace heed::nn
