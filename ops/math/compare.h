// Elementwise comparison. Broadcasting as in arithmetic.
#pragma once

#include "../../graph/number.h"
#include "../../graph/tensor.h"

namespace heed {

/// Elementwise comparison, as bool. Where either is NaN, not_equal is true and the others are false. Any dtype, the
/// same for both.
Tensor equal(const Tensor& a, const Tensor& b);
Tensor not_equal(const Tensor& a, const Tensor& b);
Tensor less(const Tensor& a, const Tensor& b);
Tensor less_equal(const Tensor& a, const Tensor& b);
Tensor greater(const Tensor& a, const Tensor& b);
Tensor greater_equal(const Tensor& a, const Tensor& b);
/// Comparison with the exact value of the number, even if the tensor's dtype cannot represent it (number.h):
/// less(tensor({0}), 0.5) is true.
Tensor equal(const Tensor& a, Number b);
Tensor not_equal(const Tensor& a, Number b);
Tensor less(const Tensor& a, Number b);
Tensor less_equal(const Tensor& a, Number b);
Tensor greater(const Tensor& a, Number b);
Tensor greater_equal(const Tensor& a, Number b);

/// Operators of the functions above. There is no operator== or !=.
inline Tensor operator<(const Tensor& a, const Tensor& b) { return less(a, b); }
inline Tensor operator<(const Tensor& a, Number b) { return less(a, b); }
inline Tensor operator<=(const Tensor& a, const Tensor& b) { return less_equal(a, b); }
inline Tensor operator<=(const Tensor& a, Number b) { return less_equal(a, b); }
inline Tensor operator>(const Tensor& a, const Tensor& b) { return greater(a, b); }
inline Tensor operator>(const Tensor& a, Number b) { return greater(a, b); }
inline Tensor operator>=(const Tensor& a, const Tensor& b) { return greater_equal(a, b); }
inline Tensor operator>=(const Tensor& a, Number b) { return greater_equal(a, b); }

}  // namespace heed
