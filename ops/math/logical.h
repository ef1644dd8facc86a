// Logical ops. Inputs have any dtype, and nonzero elements are true (NaN too); the result is bool. No gradients.
#pragma once

#include "../shape/axes.h"

namespace heed {

/// Elementwise logical and, or, exclusive or. a and b are broadcast and have the same dtype.
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
Tensor logical_xor(const Tensor& a, const Tensor& b);
/// Elementwise logical not:  y = (x == 0). There is no operator for it: `!x` tests whether the handle is empty.
Tensor logical_not(const Tensor& x);

/// Operators of the functions above.
inline Tensor operator&(const Tensor& a, const Tensor& b) { return logical_and(a, b); }
inline Tensor operator|(const Tensor& a, const Tensor& b) { return logical_or(a, b); }
inline Tensor operator^(const Tensor& a, const Tensor& b) { return logical_xor(a, b); }

/// Logical or over the axes (all if none are given): true where any element is true, false for length 0. The axes are
/// removed, or with `keepdims` keep length 1.
Tensor any(const Tensor& x, const Axes& axes = {}, bool keepdims = false);
/// Logical and over the axes: true where all elements are true, and for length 0.
Tensor all(const Tensor& x, const Axes& axes = {}, bool keepdims = false);

}  // namespace heed
