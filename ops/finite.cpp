#include "finite.h"

#include <cmath>
#include <limits>

#include "../graph/create.h"
#include "../graph/expect_number.h"
#include "compare.h"
#include "each.h"
#include "logical.h"

namespace heed {

Tensor is_nan(const Tensor& x) {
  return map_floats("is_nan", x, [](auto v) { return std::isnan(v); });
}

Tensor is_infinite(const Tensor& x) {
  return map_floats("is_infinite", x, [](auto v) { return std::isinf(v); });
}

Tensor is_finite(const Tensor& x) {
  return map_floats("is_finite", x, [](auto v) { return std::isfinite(v); });
}

Tensor nan_to_num(const Tensor& x, double nan, std::optional<double> infinity, std::optional<double> minus_infinity) {
  Tensor y = map_floats("nan_to_num", x, [=]<class T>(T v) -> T {
    if (std::isfinite(v)) return v;
    if (std::isnan(v)) return Number(nan).as<T>("nan_to_num");
    if (v > 0) return infinity ? Number(*infinity).as<T>("nan_to_num") : std::numeric_limits<T>::max();
    return minus_infinity ? Number(*minus_infinity).as<T>("nan_to_num") : std::numeric_limits<T>::lowest();
  });
  return differentiable("nan_to_num", {x}, y, [x](const Tensor& dy) {
    return Gradients{where(is_finite(x.detach()), dy, zeros({}, dy.dtype()))};
  });
}

Tensor is_close(const Tensor& a, const Tensor& b, double relative, double absolute) {
  expect_not_negative("is_close", "relative", relative);
  expect_not_negative("is_close", "absolute", absolute);
  return map_floats("is_close", a, b, [=](auto v, auto w) {
    const auto p = static_cast<double>(v), q = static_cast<double>(w);
    return p == q || (std::isfinite(q) && std::abs(p - q) <= absolute + relative * std::abs(q));
  });
}

bool all_close(const Tensor& a, const Tensor& b, double relative, double absolute) {
  return all(is_close(a, b, relative, absolute)).item<bool>();
}

}  // namespace heed
