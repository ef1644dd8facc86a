// Comparison, and choice by its result. Broadcasting as in arithmetic.
#pragma once

#include "../graph/number.h"
#include "../graph/tensor.h"

namespace heed {

/// bool, a op b for each element; false where either is NaN, but not_equal true. Any dtype, the same for both.
Tensor equal(const Tensor& a, const Tensor& b);
Tensor not_equal(const Tensor& a, const Tensor& b);
Tensor less(const Tensor& a, const Tensor& b);
Tensor less_equal(const Tensor& a, const Tensor& b);
Tensor greater(const Tensor& a, const Tensor& b);
Tensor greater_equal(const Tensor& a, const Tensor& b);
/// With the number itself, as mathematics has it, also where the tensor's dtype does not have it (number.h):
/// less(tensor({0}), 0.5) is true.
Tensor equal(const Tensor& a, Number b);
Tensor not_equal(const Tensor& a, Number b);
Tensor less(const Tensor& a, Number b);
Tensor less_equal(const Tensor& a, Number b);
Tensor greater(const Tensor& a, Number b);
Tensor greater_equal(const Tensor& a, Number b);

inline Tensor operator<(const Tensor& a, const Tensor& b) { return less(a, b); }
inline Tensor operator<(const Tensor& a, Number b) { return less(a, b); }
inline Tensor operator<=(const Tensor& a, const Tensor& b) { return less_equal(a, b); }
inline Tensor operator<=(const Tensor& a, Number b) { return less_equal(a, b); }
inline Tensor operator>(const Tensor& a, const Tensor& b) { return greater(a, b); }
inline Tensor operator>(const Tensor& a, Number b) { return greater(a, b); }
inline Tensor operator>=(const Tensor& a, const Tensor& b) { return greater_equal(a, b); }
inline Tensor operator>=(const Tensor& a, Number b) { return greater_equal(a, b); }

/// y = condition ? a : b for each element; condition is bool, a and b have one dtype; all three are broadcast.
Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b);

}  // namespace heed
