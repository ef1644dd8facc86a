#pragma once

#include <span>
#include <vector>

#include "../../nn/fields/parameter.h"

namespace heed::optim::detail {

/// Returns the indices of the first occurrences of each parameter in the list, in ascending order. Throws Error, in the
/// name of `who`, if two different tensors share elements: they have separate gradients for the same values.
std::vector<std::size_t, arena::Allocator<std::size_t>> distinct(const char* who,
                                                                 std::span<const nn::Parameter> parameters);

}  // namespace heed::optim::detail
