// Truth values: any dtype goes in, where what is not 0 is true (NaN too), and bool comes out. No gradients.
#pragma once

#include "axes.h"

namespace heed {

/// y = a and b, a or b, either but not both, for each element. a and b are broadcast and have one dtype.
Tensor logical_and(const Tensor& a, const Tensor& b);
Tensor logical_or(const Tensor& a, const Tensor& b);
Tensor logical_xor(const Tensor& a, const Tensor& b);
/// y = x is 0
Tensor logical_not(const Tensor& x);

inline Tensor operator&(const Tensor& a, const Tensor& b) { return logical_and(a, b); }
inline Tensor operator|(const Tensor& a, const Tensor& b) { return logical_or(a, b); }
inline Tensor operator^(const Tensor& a, const Tensor& b) { return logical_xor(a, b); }
inline Tensor operator!(const Tensor& x) { return logical_not(x); }

/// Whether any element over the axes (all if none are given) is true, false if there is none. The result does not have
/// the axes unless `keep`: then with length 1.
Tensor any(const Tensor& x, const Axes& axes = {}, bool keep = false);
/// Whether all are true, true if there is none.
Tensor all(const Tensor& x, const Axes& axes = {}, bool keep = false);

}  // namespace heed
