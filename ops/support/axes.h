// Checks of axes.
#pragma once

#include "../shape/axes.h"

namespace heed::detail {

/// Returns the axis as a number from 0. Throws Error if x does not have it.
int axis_of(const char* op, const Tensor& x, std::int64_t axis);

/// Returns the axes as a bit set: bit i is set if axis i is among them; none means all.
unsigned axes_of(const char* op, const Tensor& x, const Axes& axes);

}  // namespace heed::detail
