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

Tensor nan_to_num(const Tensor& x, double nan, std::optional<double> posinf, std::optional<double> neginf) {
  Tensor y = map_floats("nan_to_num", x, [=]<class T>(T v) -> T {
    if (std::isfinite(v)) return v;
    if (std::isnan(v)) return Number(nan).as<T>("nan_to_num");
    if (v > 0) return posinf ? Number(*posinf).as<T>("nan_to_num") : std::numeric_limits<T>::max();
    return neginf ? Number(*neginf).as<T>("nan_to_num") : std::numeric_limits<T>::lowest();
  });
  return differentiable("nan_to_num", {x}, y, [x](const Tensor& dy) {
    return Gradients{where(is_finite(x.detach()), dy, zeros({}, dy.dtype()))};
  });
}

Tensor is_close(const Tensor& a, const Tensor& b, double rtol, double atol) {
  expect_not_negative("is_close", "rtol", rtol);
  expect_not_negative("is_close", "atol", atol);
  return map_floats("is_close", a, b, [=](auto v, auto w) {
    const auto p = static_cast<double>(v), q = static_cast<double>(w);
    return p == q || (std::isfinite(q) && std::abs(p - q) <= atol + rtol * std::abs(q));
  });
}

bool all_close(const Tensor& a, const Tensor& b, double rtol, double atol) {
  return all(is_close(a, b, rtol, atol)).item<bool>();
}

}  // namespace heed
