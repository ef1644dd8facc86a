#pragma once

#include <span>
#include <vector>

#include "../nn/parameter.h"

namespace heed::optim::detail {

/// The places in the list where a parameter occurs for the first time, in ascending order. Throws Error, in the name of
/// `who`, if two tensors share elements: each has a gradient of its own, but there is one value to move.
std::vector<std::size_t, arena::Allocator<std::size_t>> distinct(const char* who,
                                                                 std::span<const nn::Parameter> parameters);

}  // namespace heed::optim::detail
