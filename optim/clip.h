// Gradient clipping.
#pragma once

#include <span>

#include "../nn/fields/parameter.h"

namespace heed::optim {

/// Global norm of all gradients: sqrt(sum of g^2), summed in double in an order fixed by their sizes. Parameters
/// without a gradient count as 0, and one that occurs several times in the list counts once. Throws Error if two
/// different tensors share elements.
double gradient_norm(std::span<const nn::Parameter> parameters);

/// Clips the global norm: scales all gradients by max_norm / norm if their norm exceeds max_norm. Returns the norm
/// before clipping. Throws Error unless max_norm is positive. Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063,
/// section 3.2.
double clip_norm(std::span<const nn::Parameter> parameters, double max_norm);

}  // namespace heed::optim
