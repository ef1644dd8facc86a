// What is no finite number, and what is nearly equal. float32 and float64.
#pragma once

#include <optional>

#include "../graph/tensor.h"

namespace heed {

/// bool, for each element: whether it is NaN; infinite, of either sign; neither.
Tensor is_nan(const Tensor& x);
Tensor is_infinite(const Tensor& x);
Tensor is_finite(const Tensor& x);

/// y = x with numbers in place of NaN, infinity and -infinity: where none is given, the greatest and the lowest finite
/// number. The derivative is 1 where x is finite, else 0.
Tensor nan_to_num(const Tensor& x, double nan = 0, std::optional<double> infinity = {},
                  std::optional<double> minus_infinity = {});

/// bool, for each element: |a - b| <= absolute + relative |b|, or a = b. Broadcasting as in arithmetic.
Tensor is_close(const Tensor& a, const Tensor& b, double relative = 1e-5, double absolute = 1e-8);
/// Whether that holds for all elements.
bool all_close(const Tensor& a, const Tensor& b, double relative = 1e-5, double absolute = 1e-8);

}  // namespace heed
