#pragma once

#include <span>

#include "../nn/parameter.h"

namespace heed::optim {

/// The Euclidean norm of all gradients together: sqrt(sum of g^2), added in double in an order fixed by their sizes.
/// Parameters without a gradient count as 0, and one that is in the list several times counts once. Throws Error if two
/// of the tensors share elements.
double gradient_norm(std::span<const nn::Parameter> parameters);

/// Scales all gradients by largest / norm if their norm is larger than `largest`; returns the norm before.
/// Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063, section 3.2.
double clip_norm(std::span<const nn::Parameter> parameters, double largest);

}  // namespace heed::optim
