// Tests for NaN, infinity and approximate equality. float32 and float64.
#pragma once

#include <optional>

#include "../../graph/tensor.h"

namespace heed {

/// Elementwise test for NaN, for infinity of either sign, and for neither, as bool.
Tensor isnan(const Tensor& x);
Tensor isinf(const Tensor& x);
Tensor isfinite(const Tensor& x);

/// Replaces NaN, infinity and -infinity by numbers, infinities by default by the largest and the lowest finite number.
/// The derivative is 1 where x is finite, else 0.
Tensor nan_to_num(const Tensor& x, double nan = 0, std::optional<double> posinf = {},
                  std::optional<double> neginf = {});

/// Elementwise approximate equality, as bool:  |a - b| <= atol + rtol |b|, or a = b. Broadcasting as in arithmetic.
Tensor isclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8);
/// Returns true if isclose holds for all elements.
bool allclose(const Tensor& a, const Tensor& b, double rtol = 1e-5, double atol = 1e-8);

}  // namespace heed
