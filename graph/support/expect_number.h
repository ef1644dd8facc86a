// Checks of numeric settings of ops and algorithms: an epsilon, a slope, a margin.
#pragma once

namespace heed::detail {

/// Throw Error unless the value is finite, positive, not negative: "softplus: beta is nan, but it must be positive and
/// finite".
void expect_finite(const char* op, const char* field, double value);
void expect_positive(const char* op, const char* field, double value);      // and finite
void expect_not_negative(const char* op, const char* field, double value);  // and finite

}  // namespace heed::detail
