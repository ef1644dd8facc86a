// Checks of the numbers that set how an op or an algorithm computes: an epsilon, a slope, a margin.
#pragma once

namespace heed {

/// Throw Error, as "softplus: beta is nan, but it must be positive and finite", unless the value is that.
void expect_finite(const char* op, const char* field, double value);
void expect_positive(const char* op, const char* field, double value);      // and finite
void expect_not_negative(const char* op, const char* field, double value);  // and finite

}  // namespace heed
