#include "expect_number.h"

#include <cmath>

#include "../fail.h"

namespace heed::detail {

void expect_finite(const char* op, const char* field, double value) {
  if (!std::isfinite(value)) fail("{}: {} is {}, but it must be finite", op, field, value);
}

void expect_positive(const char* op, const char* field, double value) {
  if (!(value > 0 && std::isfinite(value))) fail("{}: {} is {}, but it must be positive and finite", op, field, value);
}

void expect_not_negative(const char* op, const char* field, double value) {
  if (!(value >= 0 && std::isfinite(value)))
    fail("{}: {} is {}, but it must be finite and not negative", op, field, value);
}

}  // namespace heed::detail
