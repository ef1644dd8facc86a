#include "number.h"

#include <cmath>

#include "fail.h"

namespace heed {

std::string to_string(Number number) {
  const auto nearest = static_cast<double>(number);
  if (!std::isfinite(nearest) || static_cast<long double>(nearest) == number.value()) return fmt::format("{}", nearest);
  return fmt::format("{:.0f}", number.value());
}

void detail::not_representable(const char* op, Number number, std::string_view type, bool is_floating) {
  if (is_floating) fail("{}: the number {} is too large for {}", op, to_string(number), type);
  fail("{}: {} has no value {}, and the number is not changed to one that it has; cast the tensor to another dtype", op,
       type, to_string(number));
}

}  // namespace heed
